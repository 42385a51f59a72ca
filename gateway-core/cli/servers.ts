/** `gatehouse servers`: lists, shows, adds, changes, removes and approves servers; starts, stops and tries them out. */
import { parse } from 'yaml'
import type { OperationAnswer } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Server } from '../contract/profile.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { describeFields } from './describe-fields.js'
import { readBytes } from './read-input.js'
import { describeHealth, describeSteps } from './server-health.js'
import { textTable, visible } from './text-table.js'

type ServerAnswer = OperationAnswer<'getServer'>

export const servers: Command = {
  usage: [
    'servers list',
    'servers show SLUG',
    'servers add SLUG (--url URL [--transport T] [--description TEXT] | --file FILE)',
    'servers set SLUG KEY=VALUE... (VALUE is YAML; KEY= removes the key)',
    'servers remove SLUG',
    'servers approve SLUG',
    'servers start|stop|restart SLUG',
    'servers probe SLUG [--caller ID]',
    'servers call SLUG [TOOL] [--arguments FILE] [--confirm] (FILE is JSON or YAML)',
  ],
  options: {
    url: { type: 'string' },
    transport: { type: 'string' },
    description: { type: 'string' },
    file: { type: 'string' },
    arguments: { type: 'string' },
    confirm: { type: 'boolean' },
    caller: { type: 'string' },
  },
  run: (args) => runSubcommand(args, { list, show, add, set, remove, approve, start, stop, restart, probe, call }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listServers', {})
  args.answer(answer, () =>
    textTable(
      ['SLUG', 'STATUS', 'PROFILE', 'WHERE', 'REASON'],
      answer.items.map((server) => [
        server.slug,
        server.state.status,
        server.profile,
        where(server),
        server.state.reason,
      ]),
      'No servers. Add one: gatehouse servers add SLUG --url URL',
    ),
  )
}

/** The URL, or the command as it would be typed, with the names of secrets in place of their values. */
function where(server: ServerAnswer): string {
  if (server.url !== undefined) return server.url
  const words = (server.args ?? []).map((word) =>
    typeof word === 'string' ? word : `${word.prefix ?? ''}{secret ${word.secret}}`,
  )
  return [server.command ?? '', ...words].join(' ')
}

async function show(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const server = await (await args.client()).call('getServer', { params: { slug } })
  args.answer(server, () => `${configOf(server)}\n\n${describeHealth(server)}`)
}

function printServer(args: Arguments, server: ServerAnswer): void {
  args.answer(server, () => configOf(server))
}

/** What is configured, as YAML. */
function configOf({ state: _state, health: _health, ...config }: ServerAnswer): string {
  return describeFields(config)
}

async function add(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const config = await configFrom(args)
  const client = await args.client()
  const { items } = await client.call('listServers', {})
  if (items.some((server) => server.slug === slug))
    throw new CommandError(`There is a server ${slug} already. Change it with: gatehouse servers set ${slug} KEY=VALUE`)
  printServer(args, await client.call('putServer', { params: { slug }, body: config }))
}

/** The gateway checks it; here it only takes shape. */
async function configFrom(args: Arguments): Promise<Server> {
  const file = args.text('file')
  const url = args.text('url')
  if ((file === undefined) === (url === undefined)) throw new UsageError('expected either --url or --file')
  if (file !== undefined) return parseYaml((await readBytes(file)).toString('utf8'), file) as Server
  const [transport, description] = [args.text('transport'), args.text('description')]
  return {
    url,
    ...(transport !== undefined && { transport }),
    ...(description !== undefined && { description }),
  } as Server
}

async function set(args: Arguments): Promise<void> {
  const [slug, ...assignments] = args.positionals
  if (slug === undefined) throw new UsageError('expected SLUG')
  if (assignments.length === 0) throw new UsageError('expected KEY=VALUE')
  const body = Object.fromEntries(assignments.map(parseAssignment))
  printServer(args, await (await args.client()).call('patchServer', { params: { slug }, body }))
}

function parseAssignment(assignment: string): readonly [string, unknown] {
  const [, key, value] = /^([a-z_]+)=(.*)$/s.exec(assignment) ?? []
  if (key === undefined || value === undefined) throw new UsageError('expected KEY=VALUE')
  return [key, value === '' ? null : parseYaml(value, key)]
}

function parseYaml(text: string, from: string): unknown {
  try {
    return parse(text)
  } catch {
    throw new GatewayError('invalid_input', { detail: `${from} is not valid YAML.` })
  }
}

async function remove(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  await (await args.client()).call('removeServer', { params: { slug } })
  args.answer({ slug, removed: true }, () => `Removed ${slug}.`)
}

async function approve(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const client = await args.client()
  await client.call('approveServer', { params: { slug } })
  const server = await client.call('getServer', { params: { slug } })
  args.answer(server, () => `Approved ${slug}: ${visible(where(server))}`)
}

async function start(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const server = await (await args.client()).call('startServer', { params: { slug } })
  args.answer(server, () => describeHealth(server))
}

async function stop(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  await (await args.client()).call('stopServer', { params: { slug } })
  args.answer({ slug, stopped: true }, () => `Stopped ${slug}. Start it with: gatehouse servers start ${slug}`)
}

async function restart(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const server = await (await args.client()).call('restartServer', { params: { slug } })
  args.answer(server, () => describeHealth(server))
}

async function probe(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const { steps } = await (
    await args.client()
  ).call('probeServer', { params: { slug }, body: { caller: args.text('caller') } })
  args.answer({ steps }, () => describeSteps(steps))
  const failed = steps.filter(({ ok }) => !ok).length
  if (failed > 0) throw new CommandError(`${failed} of ${steps.length} steps failed.`)
}

/** Calls a tool as the local user, or lists what there is to call. */
async function call(args: Arguments): Promise<void> {
  const [slug, tool] = args.positionals
  if (slug === undefined || args.positionals.length > 2) throw new UsageError('expected SLUG [TOOL]')
  const file = args.text('arguments')
  if (tool === undefined && file !== undefined) throw new UsageError('expected TOOL with --arguments')
  const given = file === undefined ? undefined : parseYaml((await readBytes(file)).toString('utf8'), file)
  const body = {
    ...(tool !== undefined && { tool }),
    ...(given !== undefined && { arguments: given as Record<string, unknown> }),
    ...(args.has('confirm') && { confirm: true }),
  }
  const exchange = await (await args.client()).call('callServer', { params: { slug }, body })
  const { response, errorCode } = exchange
  args.answer(exchange, () => {
    const said = response.events?.at(-1)?.data ?? response.body ?? ''
    return `${errorCode ?? response.status}, exchange ${exchange.id}\n${said.split('\n').map(visible).join('\n')}`
  })
  if (errorCode !== undefined || response.status >= 400) throw new CommandError(`The call to ${slug} failed.`)
}
