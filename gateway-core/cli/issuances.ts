/** `gatehouse issuances`: which tokens were obtained, for whom and for what. */
import { issuanceQuerySchema } from '../contract/control-schemas.js'
import type { OperationRequest } from '../contract/control-api.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { describeFields } from './describe-fields.js'
import { textTable } from './text-table.js'

const filters = Object.keys(issuanceQuerySchema.shape)

export const issuances: Command = {
  usage: [
    `issuances list ${filters.map((filter) => `[--${filter} ${filter.toUpperCase()}]`).join(' ')}`,
    'issuances show ID',
  ],
  options: Object.fromEntries(filters.map((filter) => [filter, { type: 'string' }])),
  run: (args) => runSubcommand(args, { list, show }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  // The gateway checks the values.
  const query = Object.fromEntries(
    filters.map((filter) => [filter, args.text(filter)]),
  ) as OperationRequest<'listIssuances'>['query']
  const answer = await (await args.client()).call('listIssuances', { query })
  args.answer(answer, () => {
    const table = textTable(
      ['ID', 'ISSUED', 'GRANT', 'CLIENT', 'SUBJECT', 'AUDIENCE', 'SCOPES', 'SERVER', 'CALLER', 'EXPIRES', 'REQUEST'],
      answer.items.map((issuance) => [
        issuance.id,
        issuance.issuedAt,
        issuance.grantType,
        issuance.clientId,
        issuance.subject,
        [issuance.audience].flat().join(' '),
        issuance.scopes.join(' '),
        issuance.server,
        issuance.caller.subject,
        issuance.expiresAt ?? '-',
        issuance.requestId,
      ]),
      'No tokens were obtained.',
    )
    return answer.nextCursor === undefined ? table : `${table}\n\nMore: --cursor ${answer.nextCursor}`
  })
}

async function show(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const issuance = await (await args.client()).call('getIssuance', { params: { id } })
  args.answer(issuance, () => describeFields(issuance))
}
