/** `gatehouse secrets`: stores values that never come out again, and lists what there is. */
import type { OperationAnswer } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { CommandError } from './command-error.js'
import { describeFields } from './describe-fields.js'
import { readSecret } from './read-input.js'
import { textTable } from './text-table.js'

export const secrets: Command = {
  usage: [
    'secrets list',
    'secrets show NAME [--subject S] (never its value)',
    'secrets add NAME [--subject S] [--file FILE] (as set, for one that is not there yet)',
    'secrets set NAME [--subject S] [--file FILE] (else the value comes from standard input)',
    'secrets remove NAME [--subject S]',
  ],
  options: { subject: { type: 'string' }, file: { type: 'string' } },
  run: (args) => runSubcommand(args, { list, show, add, set, remove }),
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

async function show(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const item = await find(args, name)
  if (item === undefined)
    throw new GatewayError('not_found', {
      detail: `There is no secret ${name}${ofSubject(args)}.`,
      fix: 'Run `gatehouse secrets list` for those that there are.',
    })
  args.answer(item, () => describeFields(item))
}

async function add(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  if ((await find(args, name)) !== undefined)
    throw new CommandError(
      `There is a secret ${name}${ofSubject(args)} already. Replace it: gatehouse secrets set ${name}`,
    )
  await set(args)
}

async function find(args: Arguments, name: string): Promise<OperationAnswer<'setSecret'> | undefined> {
  const { items } = await (await args.client()).call('listSecrets', {})
  return items.find((item) => item.name === name && item.subject === args.text('subject'))
}

function ofSubject(args: Arguments): string {
  const subject = args.text('subject')
  return subject === undefined ? '' : ` of ${subject}`
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
