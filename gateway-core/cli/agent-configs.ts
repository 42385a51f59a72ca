/** `gatehouse agents detect|import|connect|undo|disconnect`: agents on this machine, by their own configuration files. */
import { agentApps, type AgentApp } from '../contract/agent-entry.js'
import { keyVariable } from '../contract/agent-setup.js'
import type { OperationAnswer } from '../contract/control-api.js'
import { describeReport } from './apply.js'
import { requirePositionals, type Arguments, type Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { textTable, visible } from './text-table.js'

type Config = OperationAnswer<'listAgentConfigs'>['items'][number]
type Imported = OperationAnswer<'importAgentConfigs'>['files'][number]
type Preview = OperationAnswer<'previewAgentConnection'>

export const agentConfigUsage: readonly string[] = [
  'agents detect',
  'agents import NAME... [--dry-run] [--approve-commands] (NAME as agents detect tells it)',
  'agents connect NAME [--dry-run] [--replace] [--key-from environment] [--follow-link]',
  'agents undo|disconnect NAME',
]

export const agentConfigOptions: Command['options'] = {
  'dry-run': { type: 'boolean' },
  'approve-commands': { type: 'boolean' },
  replace: { type: 'boolean' },
  'key-from': { type: 'string' },
  'follow-link': { type: 'boolean' },
}

/** Those that no other command of `agents` has. */
export const agentConfigCommands = { detect, import: importServers, undo, disconnect }

async function detect(args: Arguments): Promise<void> {
  requirePositionals(args)
  const answer = await (await args.client()).call('listAgentConfigs', {})
  args.answer(answer, () =>
    textTable(
      ['NAME', 'PROGRAM', 'FILE', 'CONNECTION', 'LAST CALL'],
      answer.items.map((config) => [
        config.app,
        config.name,
        `${visible(config.path)}${config.exists ? '' : ' (not there yet)'}`,
        connectionText(config),
        config.connection === undefined ? '' : (config.connection.lastCallAt ?? 'never'),
      ]),
      'No agent that Gatehouse knows was found.',
    ),
  )
}

const statusTexts: Readonly<Record<NonNullable<Config['connection']>['status'], string>> = {
  connected: 'connected',
  changed: 'its entry was changed',
  removed: 'its entry is gone',
  key_revoked: 'its key is revoked',
  other_address: 'calls another address',
  unreadable: 'its file cannot be read',
}

function connectionText({ connection }: Config): string {
  return connection === undefined ? 'no' : statusTexts[connection.status]
}

async function importServers(args: Arguments): Promise<void> {
  if (args.positionals.length === 0) throw new UsageError('expected NAME')
  const sources = args.positionals.map((name) => ({ app: appNamed(name) }))
  const dryRun = args.has('dry-run')
  const body = { sources, dryRun, approveCommands: args.has('approve-commands') }
  const answer = await (await args.client()).call('importAgentConfigs', { body })
  args.answer(answer, () => answer.files.map((item) => importText(item, dryRun)).join('\n\n'))
  const failed = answer.files.filter(({ problem }) => problem !== undefined)
  if (failed.length > 0) throw new CommandError(`Not read: ${failed.map(({ app }) => app).join(', ')}.`)
}

function importText(item: Imported, dryRun: boolean): string {
  const { name, path, problem, report, leftOut, imported } = item
  const replaced = item.secrets.filter(({ replaces }) => replaces)
  return [
    `${name}, ${visible(path)}`,
    ...(problem === undefined ? [] : [`${problem.detail} ${problem.fix ?? ''}`.trim()]),
    ...(problem === undefined && report === undefined ? ['Nothing to import.'] : []),
    ...(report === undefined ? [] : [describeReport(report, dryRun)]),
    ...replaced.map((secret) => `Its value in the vault is replaced: ${secret.name}.`),
    ...leftOut.map((one) => `Left out: ${visible(one.name)}. ${visible(one.reason)}`),
    ...(imported.length > 0 && !dryRun
      ? [`To have it call the gateway instead: gatehouse agents connect ${item.app} --replace --dry-run`]
      : []),
  ].join('\n')
}

/** Writes the gateway into the file of an agent, or says what that would change. */
export async function connectInFile(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const params = { app: appNamed(name) }
  const wish = { replace: args.has('replace'), keyFrom: keyFromOf(args) }
  const client = await args.client()
  const preview = await client.call('previewAgentConnection', { params, body: wish })
  if (args.has('dry-run')) {
    args.answer(preview, () => previewText(preview))
    return
  }
  const body = { ...wish, hash: preview.hash, followOutside: args.has('follow-link') }
  const connected = await client.call('connectAgentConfig', { params, body })
  args.answer({ ...connected, preview }, () =>
    [
      previewText(preview),
      `${preview.name} is connected. Take it back with: gatehouse agents undo ${preview.app}`,
      ...(connected.key === undefined ? [] : [`Its key, shown once: export ${keyVariable}=${connected.key}`]),
      ...(preview.restart ? [`Then start ${preview.name} again.`] : []),
    ].join('\n\n'),
  )
}

function keyFromOf(args: Arguments): 'file' | 'environment' {
  const wanted = args.text('key-from') ?? 'file'
  if (wanted !== 'file' && wanted !== 'environment')
    throw new UsageError('expected --key-from with file or environment')
  return wanted
}

const signs = { same: ' ', added: '+', removed: '-', gap: '@' } as const

function previewText({ path, realPath, isOutside, creates, diff }: Preview): string {
  const where =
    realPath === undefined ? '' : ` (${isOutside ? 'outside of the home folder, ' : ''}${visible(realPath)})`
  const lines = diff.map(({ kind, text }) => `${signs[kind]} ${kind === 'gap' ? '...' : visible(text)}`)
  return [`${visible(path)}${where}${creates ? ', which is made' : ''}:`, ...lines].join('\n')
}

async function undo(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const answer = await (await args.client()).call('undoAgentConnection', { params: { app: appNamed(name) } })
  args.answer(answer, () => `${answer.config.path} is what it was before, and the key is revoked.`)
}

async function disconnect(args: Arguments): Promise<void> {
  const [name = ''] = requirePositionals(args, 'NAME')
  const answer = await (await args.client()).call('disconnectAgentConfig', { params: { app: appNamed(name) } })
  const how = answer.restored ? 'is what it was before' : 'no longer holds the gateway'
  args.answer(answer, () => `${answer.config.path} ${how}, and the key is revoked.`)
}

function appNamed(name: string): AgentApp {
  const app = agentApps.find((one) => one === name)
  if (app === undefined) throw new UsageError(`expected one of ${agentApps.join(', ')}`)
  return app
}
