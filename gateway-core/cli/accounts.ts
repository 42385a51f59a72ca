/** `gatehouse accounts`: the accounts that are connected at servers. */
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { textTable } from './text-table.js'

export const accounts: Command = {
  usage: ['accounts list', 'accounts remove ID'],
  options: {},
  run: (args) => runSubcommand(args, { list, remove }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listAccounts', {})
  args.answer(answer, () =>
    textTable(
      ['ID', 'SERVER', 'SUBJECT', 'STATUS', 'ISSUER', 'SCOPES', 'REASON'],
      answer.items.map((account) => [
        account.id,
        account.server,
        account.subject === '' ? '(organization)' : account.subject,
        account.status,
        account.issuer,
        account.scopes.join(' '),
        account.reason,
      ]),
      'No accounts. Connect one: gatehouse connect SLUG',
    ),
  )
}

async function remove(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  await (await args.client()).call('removeAccount', { params: { id } })
  args.answer({ id, removed: true }, () => `Removed ${id}; the provider was asked to revoke it where it takes that.`)
}
