/** `gatehouse exchanges filters`: filters that people keep. */
import { requirePositionals, runSubcommand, type Arguments } from './command.js'
import { textTable } from './text-table.js'

export const savedFilterUsage: readonly string[] = [
  'exchanges filters list',
  'exchanges filters add NAME FILTER',
  'exchanges filters remove NAME',
]

export const savedFilters = (args: Arguments): Promise<void> => runSubcommand(args, { list, add, remove })

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listSavedFilters', {})
  const rows = answer.items.map(({ name, q }) => [name, q])
  args.answer(answer, () => textTable(['NAME', 'FILTER'], rows, 'No saved filters.'))
}

async function add(args: Arguments): Promise<void> {
  const [name = '', q = ''] = requirePositionals(args, 'NAME', 'FILTER')
  const saved = await (await args.client()).call('putSavedFilter', { params: { name }, body: { q } })
  args.answer(saved, () => `Saved as ${saved.name}. Use it with: gatehouse exchanges list --saved ${saved.name}`)
}

async function remove(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  await (await args.client()).call('removeSavedFilter', { params: { name } })
  args.answer({ name, removed: true }, () => 'Removed.')
}
