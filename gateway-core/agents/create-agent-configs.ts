/** Agents' own configuration files: found, imported from, connected, and put back. */
import { stat } from 'node:fs/promises'
import { agentAppNames, entryName, type AgentApp } from '../contract/agent-entry.js'
import type { AgentConfig, connectionStatuses } from '../contract/agent-config-operations.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentConfigParts, AgentConfigs } from './agent-configs.js'
import { digest } from './config-file.js'
import type { ConnectionRecord } from './connection-records.js'
import { findAgent, findAgents, type FoundAgent } from './find-agents.js'
import { importServers } from './import-servers.js'
import { removeConnection, undoConnection, writeConnection } from './keep-connection.js'
import { shortPath } from './machine.js'
import { explaining, openConfig } from './open-config.js'
import { planConnection, previewOf } from './plan-connection.js'

type Connection = NonNullable<AgentConfig['connection']>

/** What a file that Gatehouse wrote looks like. */
interface Look {
  readonly modifiedMs: number
  readonly sizeBytes: number
  readonly hash: string
  /** Digest of what the gateway's entry says; undefined where there is none. */
  readonly entryHash: string | undefined
  /** Why it cannot be read. */
  readonly reason?: string
}

export function createAgentConfigs(parts: AgentConfigParts): AgentConfigs {
  const { machine, records, clock } = parts
  const lookAt = createLooks(parts)
  const inTurn = createTurns()
  let isTidy = false
  const configOf = async (found: FoundAgent): Promise<AgentConfig> => {
    const record = await records.get(found.app)
    const connection = record === undefined ? undefined : await connectionOf(parts, record, await lookAt(record))
    return describe(found, record?.path ?? found.path, parts, connection)
  }
  const current = async (app: AgentApp): Promise<AgentConfig> => configOf(await findAgent(app, machine))
  return {
    async list() {
      if (!isTidy) await records.removeOldBackups(clock())
      isTidy = true
      const found = await findAgents(machine)
      const lost = (await records.list()).filter(({ app }) => !found.some((one) => one.app === app))
      const all = [...found, ...(await Promise.all(lost.map(({ app }) => findAgent(app, machine))))]
      return Promise.all(all.map(configOf))
    },
    import: (input) => inTurn(() => importServers(parts, input)),
    preview: async (app, wish) => previewOf(parts, await planConnection(parts, app, wish)),
    connect: (app, input) =>
      inTurn(async () => {
        const { keyId, key, keyFrom } = await writeConnection(parts, app, input)
        return { config: await current(app), keyId, ...(keyFrom === 'environment' && { key }) }
      }),
    undo: (app) =>
      inTurn(async () => {
        await undoConnection(parts, app)
        return { config: await current(app), restored: true }
      }),
    disconnect: (app) =>
      inTurn(async () => {
        const restored = await removeConnection(parts, app)
        return { config: await current(app), restored }
      }),
  }
}

/** One piece of work after the other, each whatever became of the one before. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}

function describe(
  found: FoundAgent,
  path: string,
  { machine }: AgentConfigParts,
  connection: Connection | undefined,
): AgentConfig {
  const { app, format, file, restart, keyReference } = found
  return {
    app,
    name: agentAppNames[app],
    path: shortPath(machine, path),
    format,
    exists: file !== undefined,
    ...(file !== undefined && { sizeBytes: file.sizeBytes, modifiedAt: new Date(file.modifiedMs).toISOString() }),
    canImport: format !== 'toml' && file !== undefined,
    keyFrom: keyReference?.from === 'environment' ? ['file', 'environment'] : ['file'],
    restart,
    ...(connection !== undefined && { connection }),
  }
}

/** Reads a file that Gatehouse wrote, and again only once it has changed. Undefined where there is none. */
function createLooks({ machine }: AgentConfigParts): (record: ConnectionRecord) => Promise<Look | undefined> {
  const looks = new Map<AgentApp, Look & { readonly path: string }>()
  return async ({ app, path, container }) => {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) return undefined
    const place = { path, modifiedMs: found.mtimeMs, sizeBytes: found.size }
    const known = looks.get(app)
    if (known?.path === path && known.modifiedMs === place.modifiedMs && known.sizeBytes === place.sizeBytes)
      return known
    const look = { ...place, ...(await readEntry(app, path, container)) }
    looks.set(app, look)
    return look
  }
  async function readEntry(
    app: AgentApp,
    path: string,
    container: readonly string[],
  ): Promise<Pick<Look, 'hash' | 'entryHash' | 'reason'>> {
    try {
      const { file, format, shortPath: short } = await openConfig(app, machine, path)
      const content = explaining(short, () => format.contentOf(file.text, container, entryName))
      return { hash: file.hash, entryHash: content === undefined ? undefined : digest(content) }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return { hash: '', entryHash: undefined, reason: error.detail ?? error.message }
    }
  }
}

async function connectionOf(
  { registry, records, dataUrl }: AgentConfigParts,
  record: ConnectionRecord,
  look: Look | undefined,
): Promise<Connection> {
  const { agent, keyId, url, connectedAt, before } = record
  const key = registry.listKeys().find(({ id }) => id === keyId)
  const status = statusOf(record, look, key !== undefined, dataUrl)
  const canUndo =
    before !== undefined &&
    look?.hash === record.writtenHash &&
    (before.backup === undefined || (await records.readBackup(before.backup)) !== undefined)
  return {
    ...{ agent, keyId, url, connectedAt, status, canUndo },
    ...(look?.reason !== undefined && { reason: look.reason }),
    ...(key?.lastUsedAt !== undefined && { lastCallAt: key.lastUsedAt }),
  }
}

function statusOf(
  { entryHash, url }: ConnectionRecord,
  look: Look | undefined,
  hasKey: boolean,
  dataUrl: string,
): (typeof connectionStatuses)[number] {
  if (look?.reason !== undefined) return 'unreadable'
  if (look?.entryHash === undefined) return 'removed'
  if (look.entryHash !== entryHash) return 'changed'
  if (!hasKey) return 'key_revoked'
  return url.startsWith(`${dataUrl}/`) ? 'connected' : 'other_address'
}
