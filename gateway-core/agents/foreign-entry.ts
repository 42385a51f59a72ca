/** Entries of agents with forms of their own, in the form that profiles are converted from. Pure. */
import type { AgentApp } from '../contract/agent-entry.js'
import { isEntry, type Entry } from './config-text.js'

/** An entry to take over, or why it is not one. */
export type ForeignEntry = { readonly entry: Entry } | { readonly reason: string }

const forms: Partial<Readonly<Record<AgentApp, (entry: Entry) => ForeignEntry>>> = {
  goose,
  opencode,
  zed,
  // `url` alone means SSE there.
  gemini: (entry) => ({ entry: mapTexts(withSse(entry), dollarVariables) as Entry }),
  cline: (entry) => ({ entry: withSse(entry) }),
  copilot: ({ tools, ...entry }) => ({
    entry: Array.isArray(tools) && tools.includes('*') ? entry : { ...entry, ...(tools !== undefined && { tools }) },
  }),
}

/** What people say on the spot about one call belongs to the agent. */
const agentsOwn: ReadonlySet<string> = new Set(['autoApprove', 'alwaysAllow', 'trust'])

export function foreignEntry(app: AgentApp, entry: Entry): ForeignEntry {
  const kept = Object.fromEntries(Object.entries(entry).filter(([key]) => !agentsOwn.has(key)))
  return forms[app]?.(kept) ?? { entry: kept }
}

function withSse(entry: Entry): Entry {
  return entry['url'] !== undefined && entry['type'] === undefined && entry['httpUrl'] === undefined
    ? { ...entry, type: 'sse' }
    : entry
}

function goose({ cmd, envs, env_keys, uri, enabled, bundled, name: _name, ...entry }: Entry): ForeignEntry {
  if (entry['type'] === 'builtin' || entry['type'] === 'platform' || bundled === true)
    return { reason: 'It is part of Goose.' }
  const names = Array.isArray(env_keys) ? env_keys.filter((key) => typeof key === 'string') : []
  const env = { ...Object.fromEntries(names.map((key) => [key, `\${${key}}`])), ...(isEntry(envs) && envs) }
  const isCommand = cmd !== undefined
  return {
    entry: {
      ...entry,
      ...(isCommand && { command: cmd }),
      ...(uri !== undefined && { url: uri }),
      ...(isCommand && Object.keys(env).length > 0 && { env }),
      ...(enabled === false && { disabled: true }),
    },
  }
}

function opencode({ command, environment, enabled, oauth, ...entry }: Entry): ForeignEntry {
  const words = Array.isArray(command) ? command : command === undefined ? [] : [command]
  const [program, ...args] = words
  const type = entry['type'] === 'remote' ? 'http' : 'stdio'
  const plain = {
    ...entry,
    type,
    ...(program !== undefined && { command: program }),
    ...(args.length > 0 && { args }),
    ...(environment !== undefined && { env: environment }),
    ...(enabled === false && { disabled: true }),
    ...(isEntry(oauth) && { oauth }),
  }
  return { entry: mapTexts(plain, (text) => text.replaceAll(/\{env:([A-Za-z_]\w*)\}/g, '${$1}')) as Entry }
}

function zed({ source, settings, command, enabled, ...entry }: Entry): ForeignEntry {
  if (source === 'extension' || (settings !== undefined && command === undefined && entry['url'] === undefined))
    return { reason: 'It belongs to an extension of Zed.' }
  const program = isEntry(command)
    ? {
        command: command['path'],
        ...(command['args'] !== undefined && { args: command['args'] }),
        ...(isEntry(command['env']) && { env: command['env'] }),
      }
    : command === undefined
      ? {}
      : { command }
  return { entry: { ...entry, ...program, ...(enabled === false && { disabled: true }) } }
}

/** `$NAME` at the end of a text, as a variable that profiles know. */
function dollarVariables(text: string): string {
  return text.replace(/(^|[ :=])\$([A-Za-z_]\w*)$/, '$1${$2}')
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change))
  if (!isEntry(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]))
}
