#!/usr/bin/env node
/** The command line: finds the command, runs it, and turns whatever goes wrong into one message and an exit code. */
import { resolve } from 'node:path'
import { errorTable, GatewayError } from '../contract/errors.js'
import { version } from '../version.js'
import { commandFirst, optionReaders, parseArguments, type Arguments, type Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { connectToGateway } from './control-client.js'
import { readEnvironment } from './environment.js'

/** Loaded one at a time: only `serve` needs the whole gateway. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serve,
  apply: async () => (await import('./apply.js')).apply,
  export: async () => (await import('./export.js')).exportProfile,
  profiles: async () => (await import('./profiles.js')).profiles,
  schema: async () => (await import('./schema.js')).schema,
  servers: async () => (await import('./servers.js')).servers,
  secrets: async () => (await import('./secrets.js')).secrets,
  accounts: async () => (await import('./accounts.js')).accounts,
  grants: async () => (await import('./grants.js')).grants,
  connect: async () => (await import('./connect.js')).connect,
  keys: async () => (await import('./keys.js')).keys,
  agents: async () => (await import('./agents.js')).agents,
  exchanges: async () => (await import('./exchanges.js')).exchanges,
  settings: async () => (await import('./settings.js')).settings,
  issuances: async () => (await import('./issuances.js')).issuances,
  policies: async () => (await import('./policies.js')).policies,
  approvals: async () => (await import('./approvals.js')).approvals,
  explain: async () => (await import('./explain.js')).explain,
  ui: async () => (await import('./ui.js')).ui,
  pause: async () => (await import('./pause.js')).pause,
  resume: async () => (await import('./pause.js')).resume,
  lock: async () => (await import('./lock.js')).lock,
  unlock: async () => (await import('./unlock.js')).unlock,
  'recovery-key': async () => (await import('./recovery-key.js')).recoveryKey,
  doctor: async () => (await import('./doctor.js')).doctor,
}

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong usage */
async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = commandFirst(argv)
  if (name === '--version' || name === '-V') return printed(version)
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(name === undefined)
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    process.stderr.write(`gatehouse: there is no such command\n${await allUsage()}\n`)
    return 2
  }
  const command = await load()
  try {
    const parsed = parseArguments(command, rest)
    if (parsed.values['help'] === true) return printed(usageOf(command))
    await command.run(argumentsFrom(parsed.values, parsed.positionals))
    return 0
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    if (!(error instanceof UsageError)) return 1
    process.stderr.write(`${usageOf(command)}\n`)
    return 2
  }
}

function argumentsFrom(values: Readonly<Record<string, unknown>>, positionals: readonly string[]): Arguments {
  const environment = readEnvironment(process.env)
  const readers = optionReaders(values)
  const json = readers.has('json')
  const given = readers.text('data-dir')
  const dataDir = given === undefined ? environment.dataDir : resolve(given)
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  return {
    ...readers,
    positionals,
    json,
    dataDir,
    environment,
    print,
    client: () => connectToGateway(dataDir),
    answer: (value, text) => print(json ? JSON.stringify(value) : text()),
  }
}

function usageOf(command: Command): string {
  return [
    ...command.usage.map((line, index) => `${index === 0 ? 'usage:' : '      '} gatehouse ${line}`),
    '       each with [--json] [--data-dir DIR]',
  ].join('\n')
}

async function allUsage(): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()))
  return ['usage:', ...loaded.flatMap(({ usage }) => usage.map((line) => `  gatehouse ${line}`))].join('\n')
}

async function help(isMistake: boolean): Promise<number> {
  const usage = await allUsage()
  if (!isMistake) return printed(usage)
  process.stderr.write(`${usage}\n`)
  return 2
}

function printed(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

/** What went wrong and what to do about it, on one line; fields of an input on lines of their own. */
function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) {
    const sentence = (error.detail ?? errorTable[error.code].title).replace(/\.?$/, '.')
    const fields = (error.errors ?? []).filter(({ path, message }) => `${path}: ${message}.` !== sentence)
    return [
      `gatehouse: ${sentence}${error.fix === undefined ? '' : ` ${error.fix}`}`,
      ...fields.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`),
    ].join('\n')
  }
  if (error instanceof UsageError) return `gatehouse: ${error.message}`
  if (error instanceof CommandError) return error.message
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  const stack =
    error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')) : []
  return [`gatehouse: an unexpected failure${code}`, ...stack].join('\n')
}

// Somebody who stops reading, as `head` does, ends the command without noise.
process.stdout.on('error', () => process.exit(0))
process.exitCode = await main(process.argv.slice(2))
// Where the app has started this, the port to it would keep the process, and the app waiting.
if (Reflect.has(process, 'parentPort')) process.stderr.write('', () => process.exit())
