/** `gatehouse grants`: what people have allowed agents that signed in. */
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { textTable } from './text-table.js'

export const grants: Command = {
  usage: ['grants list [--subject S]', 'grants remove ID', 'grants rotate-keys'],
  options: { subject: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, remove, 'rotate-keys': rotateKeys }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const subject = args.text('subject')
  const answer = await (await args.client()).call('listGrants', { query: subject === undefined ? {} : { subject } })
  args.answer(answer, () =>
    textTable(
      ['ID', 'AGENT', 'WHO', 'SERVERS', 'SINCE', 'SENT BACK TO'],
      answer.items.map((grant) => [
        grant.id,
        grant.clientName,
        grant.email ?? grant.subject,
        grant.servers.join(' '),
        grant.createdAt,
        grant.redirectUri,
      ]),
      'No agent has signed in.',
    ),
  )
}

async function remove(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  await (await args.client()).call('removeGrant', { params: { id } })
  args.answer({ id, removed: true }, () => `Removed ${id}; its tokens are worth nothing any more.`)
}

async function rotateKeys(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('rotateSignInKeys', {})
  args.answer(answer, () => `Tokens are signed with the key ${answer.kid} from now on.`)
}
