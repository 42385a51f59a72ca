/** `gatehouse exchanges`: what went through the gateway. */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exchangeQuerySchema, exportQuerySchema } from '../contract/exchange-schemas.js'
import type { OperationRequest } from '../contract/control-api.js'
import { CommandError, UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { describeFields } from './describe-fields.js'
import { followExchanges, type ListedExchange } from './follow-exchanges.js'
import { savedFilters, savedFilterUsage } from './saved-filters.js'
import { textTable, visible } from './text-table.js'

const queryNames = Object.keys(exchangeQuerySchema.shape)
const criteria = Object.keys(exportQuerySchema.shape).filter((name) => !['format', 'redact'].includes(name))

function usageOf(names: readonly string[]): string {
  return names.map((name) => `[--${name} ${name.toUpperCase()}]`).join(' ')
}

export const exchanges: Command = {
  usage: [
    `exchanges list [--filter FILTER | --saved NAME] [--follow] ${usageOf(queryNames.filter((name) => name !== 'q'))}`,
    'exchanges show ID',
    'exchanges replay ID [--arguments FILE] [--confirm]',
    `exchanges export --format har|jsonl|markdown [--out FILE] [--unredacted] [--filter FILTER | --saved NAME] ${usageOf(criteria.filter((name) => name !== 'q'))}`,
    'exchanges clear',
    ...savedFilterUsage,
  ],
  options: {
    ...Object.fromEntries(queryNames.map((filter) => [filter, { type: 'string' }])),
    filter: { type: 'string' },
    saved: { type: 'string' },
    follow: { type: 'boolean' },
    arguments: { type: 'string' },
    confirm: { type: 'boolean' },
    format: { type: 'string' },
    out: { type: 'string' },
    unredacted: { type: 'boolean' },
  },
  run: (args) => runSubcommand(args, { list, show, replay, export: exportTo, clear, filters: savedFilters }),
}

/** The gateway checks the values. @throws UsageError where a filter is given twice */
async function queryOf(args: Arguments, names: readonly string[]): Promise<Record<string, string | undefined>> {
  const given = ['filter', 'q', 'saved'].filter((name) => args.text(name) !== undefined)
  if (given.length > 1) throw new UsageError(`expected one of ${given.map((name) => `--${name}`).join(', ')}`)
  const saved = args.text('saved')
  const filter = saved === undefined ? args.text('filter') : await savedFilter(args, saved)
  const query = Object.fromEntries(names.map((name) => [name, args.text(name)]))
  return { ...query, ...(filter !== undefined && { q: filter }) }
}

async function savedFilter(args: Arguments, name: string): Promise<string> {
  return (await (await args.client()).call('getSavedFilter', { params: { name } })).q
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const query = await queryOf(args, queryNames)
  if (args.has('follow')) return follow(args, query)
  const answer = await (
    await args.client()
  ).call('listExchanges', { query: query as OperationRequest<'listExchanges'>['query'] })
  args.answer(answer, () => {
    const table = textTable(columns, answer.items.map(rowOf), 'No exchanges.')
    return answer.nextCursor === undefined ? table : `${table}\n\nMore: --cursor ${answer.nextCursor}`
  })
}

/** @throws UsageError for what asks for recorded exchanges */
async function follow(args: Arguments, { q, ...others }: Record<string, string | undefined>): Promise<void> {
  const refused = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (refused !== undefined) throw new UsageError(`expected --filter with --follow, and not --${refused}`)
  for await (const exchange of followExchanges(await args.client(), q))
    args.answer(exchange, () => rowOf(exchange).map(visible).join('  '))
}

const columns = ['ID', 'STARTED', 'MS', 'CALLER', 'SERVER', 'METHOD', 'TOOL', 'VERDICT', 'STATUS']

function rowOf(exchange: ListedExchange): string[] {
  return [
    exchange.id,
    exchange.startedAt,
    exchange.durationMs.toFixed(1),
    exchange.caller?.subject ?? '-',
    exchange.server ?? '-',
    exchange.method ?? '-',
    exchange.tool ?? '-',
    exchange.verdict.decision,
    exchange.errorCode ?? String(exchange.response.status),
  ]
}

async function show(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  answerWith(args, await (await args.client()).call('getExchange', { params: { id } }))
}

async function replay(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const file = args.text('arguments')
  const body = {
    ...(file !== undefined && { arguments: jsonOf(await textOf(file)) }),
    ...(args.has('confirm') && { confirm: true }),
  }
  answerWith(args, await (await args.client()).call('replayExchange', { params: { id }, body }))
}

/** @throws CommandError */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    throw new CommandError(`${path} cannot be read: ${code}`)
  }
}

/** @throws UsageError */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('expected JSON in the file of --arguments')
  }
}

function answerWith(args: Arguments, exchange: object): void {
  args.answer(exchange, () => describeFields(exchange))
}

async function exportTo(args: Arguments): Promise<void> {
  requirePositionals(args)
  if (args.text('format') === undefined) throw new UsageError('expected --format har, jsonl or markdown')
  const query = {
    ...(await queryOf(args, criteria)),
    format: args.text('format'),
    ...(args.has('unredacted') && { redact: 'false' }),
  } as OperationRequest<'exportExchanges'>['query']
  const out = args.text('out')
  const client = await args.client()
  const chunks = await client.stream('exportExchanges', { query })
  if (out === undefined) {
    for await (const chunk of chunks) process.stdout.write(chunk)
    return
  }
  await pipeline(Readable.from(chunks), createWriteStream(out, { mode: 0o600 }))
  args.answer({ out }, () => `Written to ${out}.`)
}

async function clear(args: Arguments): Promise<void> {
  requirePositionals(args)
  await (await args.client()).call('clearExchanges', {})
  args.answer({ cleared: true }, () => 'All exchanges are forgotten.')
}
