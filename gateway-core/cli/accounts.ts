/** `gatehouse accounts`: the accounts that are connected at servers. */
import { UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { connect } from './connect.js'
import { describeFields } from './describe-fields.js'
import { textTable } from './text-table.js'

export const accounts: Command = {
  usage: [
    'accounts list [--subject S]',
    'accounts show ID',
    'accounts add SLUG [--subject S] [--scopes a,b] [--label LABEL] [--tool NAME] [--no-browser] (as gatehouse connect)',
    'accounts set ID [--label LABEL] [--default]',
    'accounts remove ID',
  ],
  options: { ...connect.options, default: { type: 'boolean' } },
  run: (args) => runSubcommand(args, { list, show, add: (given) => connect.run(given), set, remove }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const subject = args.text('subject')
  const answer = await (await args.client()).call('listAccounts', { query: subject === undefined ? {} : { subject } })
  args.answer(answer, () =>
    textTable(
      ['ID', 'SERVER', 'SUBJECT', 'LABEL', 'USED', 'STATUS', 'ISSUER', 'SCOPES', 'REASON'],
      answer.items.map((account) => [
        account.id,
        account.server,
        account.subject === '' ? '(organization)' : account.subject,
        account.tools === undefined ? account.label : [account.label, `(${account.tools.join(', ')})`].join(' ').trim(),
        account.default ? 'by default' : 'where it is named',
        account.status,
        account.issuer,
        account.scopes.join(' '),
        account.reason,
      ]),
      'No accounts. Connect one: gatehouse connect SLUG',
    ),
  )
}

async function show(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const account = await (await args.client()).call('getAccount', { params: { id } })
  args.answer(account, () => describeFields(account))
}

async function set(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const label = args.text('label')
  if (label === undefined && !args.has('default')) throw new UsageError('expected --label or --default')
  const body = { ...(label === undefined ? {} : { label }), ...(args.has('default') ? { default: true } : {}) }
  const account = await (await args.client()).call('patchAccount', { params: { id }, body })
  args.answer(account, () => {
    const name = account.label === undefined ? account.id : `${account.id} (${account.label})`
    return `${name} is used at ${account.server} ${account.default ? 'by default' : 'where a key names it'}.`
  })
}

async function remove(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  await (await args.client()).call('removeAccount', { params: { id } })
  args.answer({ id, removed: true }, () => `Removed ${id}; the provider was asked to revoke it where it takes that.`)
}
