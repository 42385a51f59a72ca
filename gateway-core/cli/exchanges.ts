/** `gatehouse exchanges`: what went through the gateway. */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'yaml'
import { exchangeQuerySchema, exportQuerySchema } from '../contract/exchange-schemas.js'
import type { OperationRequest } from '../contract/control-api.js'
import { CommandError, UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { textTable, visible } from './text-table.js'

const filters = Object.keys(exchangeQuerySchema.shape)
const criteria = Object.keys(exportQuerySchema.shape).filter((name) => !['format', 'redact'].includes(name))

function usageOf(names: readonly string[]): string {
  return names.map((name) => `[--${name} ${name.toUpperCase()}]`).join(' ')
}

export const exchanges: Command = {
  usage: [
    `exchanges list [--filter FILTER] ${usageOf(filters.filter((name) => name !== 'q'))}`,
    'exchanges show ID',
    'exchanges replay ID [--arguments FILE] [--confirm]',
    `exchanges export --format har|jsonl|markdown [--out FILE] [--unredacted] [--filter FILTER] ${usageOf(criteria.filter((name) => name !== 'q'))}`,
    'exchanges clear',
  ],
  options: {
    ...Object.fromEntries(filters.map((filter) => [filter, { type: 'string' }])),
    filter: { type: 'string' },
    arguments: { type: 'string' },
    confirm: { type: 'boolean' },
    format: { type: 'string' },
    out: { type: 'string' },
    unredacted: { type: 'boolean' },
  },
  run: (args) => runSubcommand(args, { list, show, replay, export: exportTo, clear }),
}

/** The gateway checks the values. @throws UsageError where a filter is given twice */
function queryOf(args: Arguments, names: readonly string[]): Record<string, string | undefined> {
  const q = args.text('filter')
  if (q !== undefined && args.text('q') !== undefined) throw new UsageError('expected --filter or --q, not both')
  return { ...Object.fromEntries(names.map((name) => [name, args.text(name)])), ...(q !== undefined && { q }) }
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const query = queryOf(args, filters) as OperationRequest<'listExchanges'>['query']
  const answer = await (await args.client()).call('listExchanges', { query })
  args.answer(answer, () => {
    const table = textTable(
      ['ID', 'STARTED', 'MS', 'CALLER', 'SERVER', 'METHOD', 'TOOL', 'VERDICT', 'STATUS'],
      answer.items.map((exchange) => [
        exchange.id,
        exchange.startedAt,
        exchange.durationMs.toFixed(1),
        exchange.caller?.subject ?? '-',
        exchange.server ?? '-',
        exchange.method ?? '-',
        exchange.tool ?? '-',
        exchange.verdict.decision,
        exchange.errorCode ?? String(exchange.response.status),
      ]),
      'No exchanges.',
    )
    return answer.nextCursor === undefined ? table : `${table}\n\nMore: --cursor ${answer.nextCursor}`
  })
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
  args.answer(exchange, () => stringify(exchange, { lineWidth: 0 }).trimEnd().split('\n').map(visible).join('\n'))
}

async function exportTo(args: Arguments): Promise<void> {
  requirePositionals(args)
  if (args.text('format') === undefined) throw new UsageError('expected --format har, jsonl or markdown')
  const query = {
    ...queryOf(args, criteria),
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
