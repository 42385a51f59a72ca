/**
 * What Gatehouse remembers of the files that it wrote: `{data-dir}/agents/connections.json`, and the files as they were
 * before, in `{data-dir}/agents/backups/`. Of a key nothing but its id is here; a backup holds what the file held.
 */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { agentApps, type AgentApp } from '../contract/agent-entry.js'
import { GatewayError } from '../contract/errors.js'
import { codeOf, writePrivateFile } from './config-file.js'
import type { Machine } from './machine.js'

/** How long a file can be brought back. */
const backupKeptMs = 30 * 24 * 60 * 60_000

const recordSchema = z.strictObject({
  app: z.enum(agentApps),
  path: z.string(),
  agent: z.string(),
  keyId: z.string(),
  url: z.string(),
  /** RFC 3339. */
  connectedAt: z.string(),
  /** Digest of the file as it was written. */
  writtenHash: z.string(),
  /** Digest of what the gateway's entry says. */
  entryHash: z.string(),
  /** Keys that lead to the entry. */
  container: z.array(z.string()),
  /** Servers of the gateway that stand for entries which were taken out. */
  replaced: z.array(z.string()),
  /** What the file was before; missing where bringing it back would not undo the connection. */
  before: z
    .strictObject({
      /** Name of its backup; missing where there was no file. */
      backup: z.string().optional(),
      mode: z.number().optional(),
      madeFolders: z.array(z.string()),
    })
    .optional(),
})
export type ConnectionRecord = z.infer<typeof recordSchema>

const fileSchema = z.object({ version: z.literal(1), connections: z.array(recordSchema) })

export interface ConnectionRecords {
  list(): Promise<readonly ConnectionRecord[]>
  get(app: AgentApp): Promise<ConnectionRecord | undefined>
  put(record: ConnectionRecord): Promise<void>
  remove(app: AgentApp): Promise<void>
  /** @returns the backup's name */
  backUp(app: AgentApp, bytes: Uint8Array, nowMs: number): Promise<string>
  /** Undefined where it is gone. */
  readBackup(name: string): Promise<Buffer | undefined>
  removeBackup(name: string): Promise<void>
  /** Removes backups that have been kept long enough. */
  removeOldBackups(nowMs: number): Promise<void>
}

/** @param dataDir absolute */
export function createConnectionRecords(dataDir: string, machine: Machine): ConnectionRecords {
  const folder = join(dataDir, 'agents')
  const path = join(folder, 'connections.json')
  const backups = join(folder, 'backups')
  const list = async (): Promise<readonly ConnectionRecord[]> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    return text === undefined ? [] : readRecords(text, path)
  }
  const write = async (connections: readonly ConnectionRecord[]): Promise<void> =>
    writePrivateFile(path, `${JSON.stringify({ version: 1, connections }, null, 2)}\n`, machine)
  return {
    list,
    get: async (app) => (await list()).find((record) => record.app === app),
    put: async (record) => write([...(await list()).filter(({ app }) => app !== record.app), record]),
    remove: async (app) => write((await list()).filter((record) => record.app !== app)),
    async backUp(app, bytes, nowMs) {
      const time = new Date(nowMs).toISOString().replaceAll(':', '-')
      const name = `${app}-${time}-${randomBytes(3).toString('hex')}.backup`
      await writePrivateFile(join(backups, name), bytes, machine)
      return name
    },
    readBackup: (name) =>
      readFile(join(backups, name)).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }),
    removeBackup: (name) => rm(join(backups, name), { force: true }),
    removeOldBackups: (nowMs) => removeOldBackups(backups, nowMs),
  }
}

/** @throws GatewayError `internal` where somebody else wrote the file */
function readRecords(text: string, path: string): readonly ConnectionRecord[] {
  try {
    return fileSchema.parse(JSON.parse(text)).connections
  } catch (cause) {
    throw new GatewayError('internal', {
      detail: `${path} is not what Gatehouse wrote.`,
      fix: 'Move it away; agents that are connected then have to be connected again.',
      cause,
    })
  }
}

async function removeOldBackups(backups: string, nowMs: number): Promise<void> {
  for (const name of await readdir(backups).catch(() => [])) {
    const [, day = '', time = ''] = /-(\d{4}-\d\d-\d\d)T(\d\d-\d\d-\d\d)\.\d{3}Z-\w+\.backup$/.exec(name) ?? []
    const madeMs = Date.parse(`${day}T${time.replaceAll('-', ':')}Z`)
    if (madeMs < nowMs - backupKeptMs) await rm(join(backups, name), { force: true })
  }
}
