/** `gatehouse keys`: the keys that agents present. A key is printed once, when it is made. */
import type { OperationAnswer, OperationRequest } from '../contract/control-api.js'
import { UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { describeFields } from './describe-fields.js'
import { readSecret } from './read-input.js'
import { textTable } from './text-table.js'

const limits =
  '[--subject S] [--email E] [--agent A] [--servers a,b] [--tools a,b] [--account SLUG=LABEL]... [--expires-at TIME]'

export const keys: Command = {
  usage: [
    'keys list',
    'keys show ID',
    `keys add NAME ${limits}`,
    `keys import NAME [--file FILE] ${limits} (else the key comes from standard input)`,
    'keys set ID --account SLUG=LABEL... (without a label, the default account again)',
    'keys remove ID',
  ],
  options: {
    subject: { type: 'string' },
    email: { type: 'string' },
    agent: { type: 'string' },
    servers: { type: 'string', multiple: true },
    tools: { type: 'string', multiple: true },
    account: { type: 'string', multiple: true },
    'expires-at': { type: 'string' },
    file: { type: 'string' },
  },
  run: (args) => runSubcommand(args, { list, show, add, import: importKey, set, remove, revoke: remove }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listKeys', {})
  args.answer(answer, () => keyTable(answer.items))
}

/** Keys for people, without the keys themselves. */
export function keyTable(items: OperationAnswer<'listKeys'>['items']): string {
  return textTable(
    ['ID', 'NAME', 'ENDS WITH', 'SUBJECT', 'AGENT', 'SERVERS', 'EXPIRES', 'LAST USED'],
    items.map((key) => [
      key.id,
      key.name,
      key.hint,
      key.subject,
      key.agent,
      key.servers?.join(',') ?? 'all',
      key.expiresAt ?? 'never',
      key.lastUsedAt ?? 'never',
    ]),
    'No keys. Make one: gatehouse keys add NAME',
  )
}

async function show(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const key = await (await args.client()).call('getKey', { params: { id } })
  args.answer(key, () => describeFields(key))
}

async function add(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const answer = await (await args.client()).call('addKey', { body: newKey(args, name) })
  args.answer(answer, () => `${answer.key}\n\nThis is shown once. Its id is ${answer.id}.`)
}

async function importKey(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const client = await args.client()
  const key = await readSecret(args, `Key ${name}`)
  const answer = await client.call('importKey', { body: { ...newKey(args, name), key } })
  args.answer(answer, () => `Imported ${name}. Its id is ${answer.id}.`)
}

function newKey(args: Arguments, name: string): OperationRequest<'addKey'>['body'] {
  return {
    name,
    subject: args.text('subject'),
    email: args.text('email'),
    agent: args.text('agent'),
    servers: args.list('servers')?.slice(),
    tools: args.list('tools')?.slice(),
    accounts: chosenAccounts(args, (label) => label),
    expiresAt: args.text('expires-at'),
  }
}

async function set(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  const accounts = chosenAccounts<string | null>(args, (label) => (label === '' ? null : label))
  if (accounts === undefined) throw new UsageError('expected --account SLUG=LABEL')
  const answer = await (await args.client()).call('patchKey', { params: { id }, body: { accounts } })
  args.answer(answer, () => keyTable([answer]))
}

/** @throws UsageError where one is not of the form SLUG=LABEL */
function chosenAccounts<T>(args: Arguments, labelOf: (label: string) => T): Record<string, T> | undefined {
  const given = args.list('account')?.map((choice): [string, T] => {
    const at = choice.indexOf('=')
    if (at < 1) throw new UsageError('expected --account SLUG=LABEL')
    return [choice.slice(0, at), labelOf(choice.slice(at + 1))]
  })
  return given === undefined ? undefined : Object.fromEntries(given)
}

async function remove(args: Arguments): Promise<void> {
  const [id = ''] = requirePositionals(args, 'ID')
  await (await args.client()).call('revokeKey', { params: { id } })
  args.answer({ id, removed: true }, () => `Revoked ${id}.`)
}
