/** What an agent's file becomes when the gateway is written into it. Nothing is written here. */
import { agentEntry, entryName, type AgentApp, type AgentEntry } from '../contract/agent-entry.js'
import type { ConnectionPreview, ConnectionWish } from '../contract/agent-config-operations.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentConfigParts } from './agent-configs.js'
import { chooseEntries } from './choose-entries.js'
import { isEntry } from './config-text.js'
import { diffLines } from './diff-lines.js'
import { registeredServers } from './import-servers.js'
import { pathsOf, shortPath } from './machine.js'
import { explaining, openConfig, type OpenConfig } from './open-config.js'

/** Stands for a key that is made when the connection is. */
const keyToCome = `gh_sk_${'*'.repeat(12)}`

export interface PlannedConnection {
  readonly open: OpenConfig
  readonly agent: string
  readonly url: string
  readonly keyFrom: 'file' | 'environment'
  /** Entries that are taken out, with the servers that stand for them. */
  readonly replaced: readonly { readonly name: string; readonly slug: string }[]
  /** The file's text with this key. */
  textWith(key: string): string
}

/** @throws GatewayError `invalid_input` where the file cannot be edited, or the wish not be granted */
export async function planConnection(
  parts: AgentConfigParts,
  app: AgentApp,
  wish: ConnectionWish,
): Promise<PlannedConnection> {
  const open = await openConfig(app, parts.machine, (await parts.records.get(app))?.path)
  const { agent = app, keyFrom = 'file', replace = false } = wish
  const url = `${parts.dataUrl}/agents/${agent}/mcp`
  const entryWith = (key: string): AgentEntry => entryOf(open, url, authorizationOf(open, keyFrom, key))
  const replaced = replace ? replaceable(parts, open) : []
  const textWith = (key: string): string =>
    explaining(open.shortPath, () =>
      open.format.change(open.file.text, {
        container: open.container,
        remove: replaced.map(({ name }) => name),
        put: { name: entryName, entry: entryWith(key) },
      }),
    )
  return { open, agent, url, keyFrom, replaced, textWith }
}

function authorizationOf({ known, name }: OpenConfig, keyFrom: 'file' | 'environment', key: string): string {
  if (keyFrom === 'file') return `Bearer ${key}`
  if (known.keyReference?.from !== 'environment')
    throw new GatewayError('invalid_input', {
      detail: `${name} takes its key from its file only.`,
      fix: 'Leave keyFrom out.',
      errors: [{ path: 'keyFrom', message: 'expected "file"' }],
    })
  return `Bearer ${known.keyReference.text}`
}

function entryOf({ known, container }: OpenConfig, url: string, authorization: string): AgentEntry {
  const entry = agentEntry(known.app, { url, authorization })
  // The second version of opencode has no such key; there an entry is on unless it is disabled.
  if (known.app !== 'opencode' || container.length < 2) return entry
  const { enabled: _enabled, ...rest } = entry
  return rest
}

/** Entries of servers that the gateway has, and lets calls through to. */
function replaceable(parts: AgentConfigParts, open: OpenConfig): PlannedConnection['replaced'] {
  if (!open.format.readsAll) return []
  const { app } = open.known
  const known = registeredServers(parts)
  const entries = explaining(open.shortPath, () => open.format.entries(open.file.text, open.container))
  const { chosen, leftOut } = chooseEntries(app, entries, known, parts.dataUrl)
  const own = chosen.filter(({ slug }) => known.some((server) => server.slug === slug && server.profile === app))
  const callable = new Set(known.filter(({ isOpen }) => isOpen).map(({ slug }) => slug))
  return [...own, ...leftOut].flatMap(({ name, slug }) =>
    slug === undefined || name === entryName || !callable.has(slug) ? [] : [{ name, slug }],
  )
}

export function previewOf(parts: AgentConfigParts, planned: PlannedConnection): ConnectionPreview {
  const { open, agent, url, keyFrom, replaced } = planned
  const { file, known, name } = open
  const entry = entryOf(open, url, authorizationOf(open, keyFrom, keyToCome))
  const shown = new Set(textsOf(entry).filter((text) => !text.includes(keyToCome)))
  const isElsewhere = pathsOf(parts.machine).normalize(file.path) !== file.realPath
  return {
    app: known.app,
    name,
    path: open.shortPath,
    ...(isElsewhere && { realPath: shortPath(parts.machine, file.realPath) }),
    isOutside: file.isOutside,
    creates: file.bytes === undefined,
    hash: file.hash,
    agent,
    url,
    keyFrom,
    restart: known.restart,
    replaced: replaced.map((one) => one.name),
    diff: diffLines(file.text, planned.textWith(keyToCome), known.format, shown),
  }
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isEntry(value) ? Object.values(value).flatMap(textsOf) : []
}
