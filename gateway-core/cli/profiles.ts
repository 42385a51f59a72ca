/** `gatehouse profiles`: the profiles that are applied. */
import { apply } from './apply.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { exportProfile } from './export.js'
import { textTable } from './text-table.js'

const applying = '[--name NAME] [--dry-run] [--approve-commands] [--passphrase-file FILE]'

export const profiles: Command = {
  usage: [
    'profiles list',
    'profiles show NAME (as gatehouse export)',
    `profiles add|set FILE ${applying} (as gatehouse apply)`,
    'profiles remove NAME (and its servers; secrets stay)',
  ],
  options: apply.options,
  run: (args) => runSubcommand(args, { list, show, add: applied, set: applied, remove }),
}

const applied = (args: Arguments): Promise<void> => apply.run(args)

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listProfiles', {})
  args.answer(answer, () =>
    textTable(
      ['NAME', 'SERVERS', 'UPDATED'],
      answer.items.map(({ name, servers, updatedAt }) => [name, String(servers), updatedAt]),
      'No profiles. Apply one: gatehouse apply FILE',
    ),
  )
}

async function show(args: Arguments): Promise<void> {
  requirePositionals(args, 'NAME')
  await exportProfile.run(args)
}

async function remove(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  await (await args.client()).call('removeProfile', { params: { name } })
  args.answer({ name, removed: true }, () => `Removed ${name} and its servers.`)
}
