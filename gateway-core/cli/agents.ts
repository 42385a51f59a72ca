/** `gatehouse agents`: agents with a key and paths of their own. */
import {
  agentProgramNames,
  agentPrograms,
  agentSetup,
  allServers,
  exportKey,
  type AgentSetup,
} from '../contract/agent-setup.js'
import { agentConfigCommands, agentConfigOptions, agentConfigUsage, connectInFile } from './agent-configs.js'
import { UsageError } from './command-error.js'
import { requirePositionals, runSubcommand, type Arguments, type Command } from './command.js'
import { describeFields } from './describe-fields.js'
import { textTable } from './text-table.js'

export const agents: Command = {
  usage: [
    'agents list',
    'agents show NAME',
    'agents add NAME',
    'agents remove NAME (revokes its keys)',
    ...agentConfigUsage,
    `agents connect NAME --for PROGRAM (makes a key, and prints what PROGRAM takes: ${agentPrograms.join(', ')})`,
  ],
  options: { for: { type: 'string' }, ...agentConfigOptions },
  run: (args) => runSubcommand(args, { list, show, add, connect, remove, ...agentConfigCommands }),
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
  const { [allServers]: merged = '', ...urls } = answer.urls
  args.answer(answer, () =>
    [
      `${answer.key}`,
      '',
      'This is shown once. Send it as X-Gatehouse-APIKey, or as Authorization: Bearer, to:',
      `${merged} (all servers as one)`,
      ...Object.values(urls),
    ].join('\n'),
  )
}

async function show(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const agent = await (await args.client()).call('getAgent', { params: { name } })
  args.answer(agent, () => describeFields(agent))
}

async function remove(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  await (await args.client()).call('removeAgent', { params: { name } })
  args.answer({ name, removed: true }, () => `Removed ${name}; its keys are worth nothing any more.`)
}

/** Makes a key that is good on the agent's own paths, and prints what the program that it is takes; or writes its file. */
async function connect(args: Arguments): Promise<void> {
  if (args.text('for') === undefined) return connectInFile(args)
  const [name = ''] = requirePositionals(args, 'NAME')
  const wanted = args.text('for')
  const program = agentPrograms.find((one) => one === wanted)
  if (program === undefined) throw new UsageError(`expected --for with one of ${agentPrograms.join(', ')}`)
  const client = await args.client()
  const [{ items }, { dataUrl }] = [await client.call('listAgents', {}), await client.call('getStatus', {})]
  const { key } = items.some((agent) => agent.name === name)
    ? await client.call('addKey', { body: { name, agent: name } })
    : await client.call('addAgent', { body: { name } })
  const setup = agentSetup(program, { url: `${dataUrl}/agents/${name}/mcp`, key })
  args.answer({ name, key, ...setup }, () => setupText(setup, key))
}

function setupText({ program, keyFrom, steps, restart }: AgentSetup, key: string): string {
  const [first, ...others] = steps.map(({ kind, where, text }) => (kind === 'file' ? `${where ?? ''}:\n${text}` : text))
  const how = {
    environment: `Where it starts, set the variable that it reads the key from:\n\n${exportKey(key)}`,
    prompt: `It asks for the key, and keeps it:\n\n${key}`,
    file: 'It knows no other place for its key than this, in the clear:',
  }[keyFrom]
  return [
    `How to connect ${agentProgramNames[program]}. The key is shown once. ${how}`,
    first,
    ...others.map((text) => `Or: ${text}`),
    ...(restart ? ['Then start it again.'] : []),
  ].join('\n\n')
}
