/** `gatehouse approvals`: calls that a policy asks a person about, and tools that have changed since they were first seen. */
import type { OperationAnswer, OperationRequest } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { visible } from './text-table.js'

type Approval = OperationAnswer<'listApprovals'>['items'][number]

export const approvals: Command = {
  usage: [
    'approvals list [--status pending|denied]',
    'approvals show ID',
    'approvals allow ID [--remember 1h]',
    'approvals deny ID',
  ],
  options: { status: { type: 'string' }, remember: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, show, allow, deny }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const status = args.text('status')
  // The gateway checks the value.
  const query = (status === undefined ? {} : { status }) as OperationRequest<'listApprovals'>['query']
  const answer = await (await args.client()).call('listApprovals', { query })
  args.answer(answer, () =>
    answer.items.length === 0 ? 'Nothing waits for an approval.' : answer.items.map(describe).join('\n\n'),
  )
}

async function show(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const client = await args.client()
  const pages = [
    await client.call('listApprovals', {}),
    await client.call('listApprovals', { query: { status: 'denied' } }),
  ]
  const approval = pages.flatMap(({ items }) => items).find((one) => one.id === id)
  if (approval === undefined)
    throw new GatewayError('not_found', {
      detail: `No approval has the id ${id}.`,
      fix: 'Run `gatehouse approvals list` for what waits.',
    })
  args.answer(approval, () => describe(approval))
}

function describe(approval: Approval): string {
  return (approval.kind === 'call' ? describeCall(approval) : describeTool(approval))
    .map((line) => visible(line))
    .join('\n')
}

function describeCall(call: Extract<Approval, { kind: 'call' }>): readonly string[] {
  return [
    `${call.id}  ${call.caller} calls ${call.tool ?? call.method} of ${call.server}`,
    `  ${call.reason} (${call.policies.join(', ')})`,
    ...(call.arguments === undefined ? [] : [`  arguments: ${call.arguments}`]),
    `  denied at ${call.expiresAt} unless somebody decides`,
  ]
}

function describeTool(tool: Extract<Approval, { kind: 'tool' }>): readonly string[] {
  const side = (sign: string, value: unknown): readonly string[] =>
    value === undefined ? [] : [`    ${sign} ${typeof value === 'string' ? value : JSON.stringify(value)}`]
  return [
    `${tool.id}  the tool ${tool.tool} of ${tool.server} was ${tool.change} (${tool.status})`,
    ...tool.diff.flatMap(({ path, before, after }) => [`  ${path}`, ...side('-', before), ...side('+', after)]),
  ]
}

const allow = (args: Arguments): Promise<void> => decide(args, 'allow')
const deny = (args: Arguments): Promise<void> => decide(args, 'deny')

async function decide(args: Arguments, decision: 'allow' | 'deny'): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const remember = args.text('remember')
  const body = { decision, ...(remember !== undefined && { rememberMs: millisecondsOf(remember) }) }
  await (await args.client()).call('decideApproval', { params: { id }, body })
  const told = remember === undefined ? 'Allowed.' : `Allowed, and such calls for ${remember}.`
  args.answer({ id, ...body }, () => (decision === 'allow' ? told : 'Denied.'))
}

/** @throws UsageError for what is no time */
function millisecondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,5})([smh])$/.exec(text) ?? []
  if (amount === undefined) throw new UsageError('expected --remember with a time, as in 30m or 1h')
  return Number(amount) * (unit === 'h' ? 3_600_000 : unit === 'm' ? 60_000 : 1000)
}
