/** `gatehouse agents`: agents with a key and paths of their own. */
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { textTable } from './text-table.js'

export const agents: Command = {
  usage: ['agents list', 'agents add NAME'],
  options: {},
  run: (args) => runSubcommand(args, { list, add }),
}

async function list(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listAgents', {})
  args.answer(answer, () =>
    textTable(
      ['NAME', 'KEYS', 'LAST USED'],
      answer.items.map(({ name, keys }) => [
        name,
        String(keys.length),
        keys
          .map(({ lastUsedAt }) => lastUsedAt ?? '')
          .sort()
          .at(-1) || 'never',
      ]),
      'No agents. Make one: gatehouse agents add NAME',
    ),
  )
}

async function add(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const answer = await (await args.client()).call('addAgent', { body: { name } })
  const urls = Object.entries(answer.urls)
  args.answer(answer, () =>
    [
      `${answer.key}`,
      '',
      'This is shown once. Send it as X-Gatehouse-APIKey, or as Authorization: Bearer, to:',
      ...(urls.length === 0 ? ['(no servers yet: gatehouse servers add SLUG --url URL)'] : urls.map(([, url]) => url)),
    ].join('\n'),
  )
}
