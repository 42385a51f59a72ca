/** `gatehouse settings`: how exchanges are kept, and where traces go. */
import { stringify } from 'yaml'
import type { OperationAnswer, OperationRequest } from '../contract/control-api.js'
import { settingsSchema } from '../contract/exchange-schemas.js'
import { UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'

const groups = settingsSchema.shape
const names = Object.entries(groups).flatMap(([group, { shape }]) =>
  Object.keys(shape).map((name) => `${group}.${name}`),
)

export const settings: Command = {
  usage: ['settings show', `settings set NAME=VALUE... (${names.join(', ')})`],
  options: {},
  run: (args) => runSubcommand(args, { show, set }),
}

async function show(args: Arguments): Promise<void> {
  requirePositionals(args)
  answerWith(args, await (await args.client()).call('getSettings', {}))
}

async function set(args: Arguments): Promise<void> {
  // The gateway checks the values.
  const body = patchOf(args.positionals) as OperationRequest<'patchSettings'>['body']
  answerWith(args, await (await args.client()).call('patchSettings', { body }))
}

/** @throws UsageError for a setting that is none */
export function patchOf(assignments: readonly string[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  if (assignments.length === 0) throw new UsageError('expected NAME=VALUE')
  const patch: Record<string, Record<string, unknown>> = {}
  for (const assignment of assignments) {
    const [, path = '', value = ''] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
    if (!names.includes(path)) throw new UsageError(`expected NAME=VALUE, with one of ${names.join(', ')}`)
    const [group = '', name = ''] = path.split('.')
    patch[group] = { ...patch[group], [name]: valueOf(value) }
  }
  return patch
}

function valueOf(text: string): unknown {
  if (text === 'null') return null
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}

function answerWith(args: Arguments, answer: OperationAnswer<'getSettings'>): void {
  args.answer(answer, () => stringify(answer).trimEnd())
}
