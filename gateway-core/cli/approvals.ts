/** `gatehouse approvals`: calls that a policy asks a person about, and tools that have changed since they were first seen. */
import type { OperationAnswer, OperationRequest } from '../contract/control-api.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { visible } from './text-table.js'

type Approval = OperationAnswer<'listApprovals'>['items'][number]

export const approvals: Command = {
  usage: ['approvals list [--status pending|denied]', 'approvals allow ID', 'approvals deny ID'],
  options: { status: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, allow, deny }),
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
  await (await args.client()).call('decideApproval', { params: { id }, body: { decision } })
  args.answer({ id, decision }, () => (decision === 'allow' ? 'Allowed.' : 'Denied.'))
}
