/** `gatehouse policies`: Shield's policies in Cedar, policies to begin with, and what a policy would have denied. */
import { errorTable, GatewayError } from '../contract/errors.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { nameFor } from './profile-file.js'
import { readBytes } from './read-input.js'
import { textTable } from './text-table.js'

export const policies: Command = {
  usage: [
    'policies list',
    'policies show NAME',
    'policies add (NAME --file FILE | --starter NAME)',
    'policies set NAME --file FILE',
    'policies remove NAME',
    'policies starters',
    'policies backtest (FILE | NAME | --starter NAME) [--since 7d]',
  ],
  options: { file: { type: 'string' }, starter: { type: 'string' }, since: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, show, add, set, remove, starters, backtest }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listPolicies', {})
  args.answer(answer, () =>
    textTable(
      ['NAME', 'PROFILE', 'UPDATED'],
      answer.items.map(({ name, profile, updatedAt }) => [name, profile ?? '-', updatedAt]),
      'No policies. See the ones to begin with: gatehouse policies starters',
    ),
  )
}

async function show(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const answer = await (await args.client()).call('getPolicy', { params: { name } })
  args.answer(answer, () => answer.text.trimEnd())
}

async function add(args: Arguments): Promise<void> {
  const starter = args.text('starter')
  if (starter === undefined) return set(args)
  requirePositionals(args)
  await put(args, starter, await starterText(args, starter))
}

async function set(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const file = args.text('file')
  if (file === undefined) throw new UsageError('expected --file FILE')
  await put(args, name, await readText(file))
}

async function put(args: Arguments, name: string, text: string): Promise<void> {
  const answer = await (await args.client()).call('putPolicy', { params: { name }, body: { text } }).catch(withLines)
  args.answer(answer, () => `The policy ${answer.name} is in force.`)
}

async function remove(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  await (await args.client()).call('removePolicy', { params: { name } })
  args.answer({ name, removed: true }, () => `The policy ${name} is removed.`)
}

async function starters(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listStarterPolicies', {})
  args.answer(answer, () =>
    [
      ...answer.items.map(({ name, title, text }) => `${name}: ${title}\n\n${text.trimEnd().replace(/^/gm, '    ')}\n`),
      'Turn one on: gatehouse policies add --starter NAME',
    ].join('\n'),
  )
}

async function starterText(args: Arguments, wanted: string): Promise<string> {
  const { items } = await (await args.client()).call('listStarterPolicies', {})
  const found = items.find(({ name }) => name === wanted)
  if (found === undefined)
    throw new CommandError(`There is no starter policy ${wanted}: ${items.map(({ name }) => name).join(', ')}.`)
  return found.text
}

async function backtest(args: Arguments): Promise<void> {
  const starter = args.text('starter')
  const since = args.text('since')
  const sinceTime = since === undefined ? {} : { since: sinceOf(since) }
  const policy = starter === undefined ? await fileOrName(args) : { text: await starterText(args, starter) }
  const client = await args.client()
  const answer = await client.call('backtestPolicy', { body: { ...policy, ...sinceTime } }).catch(withLines)
  args.answer(answer, () => {
    const rows = answer.denied.map((call) => [
      call.startedAt,
      call.outcome,
      call.caller ?? '-',
      call.server,
      call.tool ?? call.method,
      call.policies.join(' '),
      call.exchangeId,
    ])
    const columns = ['STARTED', 'WOULD', 'CALLER', 'SERVER', 'TOOL', 'POLICIES', 'EXCHANGE']
    return [
      textTable(columns, rows, 'It would have denied nothing.'),
      `${answer.judged} calls judged, ${answer.deniedCount} denied or asked about, ${answer.skipped} left out as they were not recorded whole.`,
      ...(answer.masked > 0
        ? [
            `${answer.masked} of them are masked in places as they are stored: there the policy may have said otherwise.`,
          ]
        : []),
      ...(answer.complete ? [] : ['There are more: choose a later --since.']),
    ].join('\n')
  })
}

/** A file where there is one of this name, else the name of a policy. */
async function fileOrName(args: Arguments): Promise<{ readonly text: string } | { readonly name: string }> {
  const [given = ''] = requirePositionals(args, 'FILE or NAME')
  if (/[./\\]/.test(given)) return { text: await readText(given) }
  return { name: nameFor(given) }
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** `7d`, `12h`, `30m`, `2w`, or a time. */
function sinceOf(text: string): string {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (count !== undefined)
    return new Date(Date.now() - Number(count) * unitMs[(unit ?? 'd') as keyof typeof unitMs]).toISOString()
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError('expected --since as 30m, 12h, 7d or 2w, or a time')
  return new Date(time).toISOString()
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(path))
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`${path} is not UTF-8.`)
  }
}

/** Tells each line that is wrong on a line of its own. */
function withLines(error: unknown): never {
  if (!(error instanceof GatewayError) || error.errors === undefined || error.code !== 'invalid_input') throw error
  const told = error.errors.map(
    ({ line, path, message }) => `  ${line === undefined ? path : `line ${line}`}: ${message}`,
  )
  throw new CommandError([errorTable[error.code].title, ...told].join('\n'))
}
