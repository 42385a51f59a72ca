/** `gatehouse exchanges`: what went through the gateway. */
import { stringify } from 'yaml'
import { exchangeQuerySchema } from '../contract/exchange-schemas.js'
import type { OperationRequest } from '../contract/control-api.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { textTable, visible } from './text-table.js'

const filters = Object.keys(exchangeQuerySchema.shape)

export const exchanges: Command = {
  usage: [
    `exchanges list ${filters.map((filter) => `[--${filter} ${filter.toUpperCase()}]`).join(' ')}`,
    'exchanges show ID',
  ],
  options: Object.fromEntries(filters.map((filter) => [filter, { type: 'string' }])),
  run: (args) => runSubcommand(args, { list, show }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  // The gateway checks the values.
  const query = Object.fromEntries(
    filters.map((filter) => [filter, args.text(filter)]),
  ) as OperationRequest<'listExchanges'>['query']
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
  const exchange = await (await args.client()).call('getExchange', { params: { id } })
  args.answer(exchange, () => stringify(exchange, { lineWidth: 0 }).trimEnd().split('\n').map(visible).join('\n'))
}
