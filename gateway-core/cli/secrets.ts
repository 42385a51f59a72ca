/** `gatehouse secrets`: stores values that never come out again, and lists what there is. */
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { readSecret } from './read-input.js'
import { textTable } from './text-table.js'

export const secrets: Command = {
  usage: [
    'secrets list',
    'secrets set NAME [--subject S] [--file FILE] (else the value comes from standard input)',
    'secrets remove NAME [--subject S]',
  ],
  options: { subject: { type: 'string' }, file: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, set, remove }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listSecrets', {})
  args.answer(answer, () =>
    textTable(
      ['NAME', 'SUBJECT', 'UPDATED', 'USED BY'],
      answer.items.map(({ name, subject, updatedAt, usedBy }) => [name, subject, updatedAt, usedBy.join(', ')]),
      'No secrets. Store one: gatehouse secrets set NAME',
    ),
  )
}

async function set(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const client = await args.client()
  const value = await readSecret(args, `Value of ${name}`)
  const item = await client.call('setSecret', { params: { name }, query: subjectQuery(args), body: { value } })
  args.answer(item, () => `Stored ${name}.`)
}

async function remove(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  await (await args.client()).call('removeSecret', { params: { name }, query: subjectQuery(args) })
  args.answer({ name, removed: true }, () => `Removed ${name}.`)
}

function subjectQuery(args: Arguments): { readonly subject?: string } {
  const subject = args.text('subject')
  return subject === undefined ? {} : { subject }
}
