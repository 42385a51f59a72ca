/** Writes the gateway into agents' files, and takes it out again. */
import { agentAppNames, entryName, type AgentApp } from '../contract/agent-entry.js'
import type { ConnectInput } from '../contract/agent-config-operations.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentConfigParts } from './agent-configs.js'
import { pointsTo } from './choose-entries.js'
import { changedSince, digest, removeConfigFile, replaceConfigFile } from './config-file.js'
import type { ConnectionRecord } from './connection-records.js'
import { shortPath } from './machine.js'
import { explaining, openConfig, type OpenConfig } from './open-config.js'
import { planConnection, type PlannedConnection } from './plan-connection.js'

/** @returns the key's id, and the key */
export async function writeConnection(
  parts: AgentConfigParts,
  app: AgentApp,
  input: ConnectInput,
): Promise<{ readonly keyId: string; readonly key: string; readonly keyFrom: 'file' | 'environment' }> {
  const { records, registry, machine, clock } = parts
  const planned = await planConnection(parts, app, input)
  const { file } = planned.open
  refuseElsewhere(parts, planned, input)
  // Fails before a key is made.
  planned.textWith('gh_sk_')
  const earlier = await records.get(app)
  const keeps = keepsEarlier(planned.open, earlier)
  const backup = file.bytes === undefined ? undefined : await records.backUp(app, file.bytes, clock())
  const { summary, key } = await registry.addKey({ name: agentAppNames[app], agent: planned.agent })
  const bytes = Buffer.from(planned.textWith(key), 'utf8')
  const record: ConnectionRecord = {
    app,
    path: file.path,
    agent: planned.agent,
    keyId: summary.id,
    url: planned.url,
    connectedAt: new Date(clock()).toISOString(),
    writtenHash: digest(bytes),
    entryHash: digest(planned.open.format.contentOf(bytes.toString('utf8'), planned.open.container, entryName) ?? ''),
    container: [...planned.open.container],
    replaced: [...new Set([...(earlier?.replaced ?? []), ...planned.replaced.map(({ slug }) => slug)])],
    ...(keeps === 'nothing' && {
      before: {
        ...(backup !== undefined && { backup }),
        ...(file.mode !== undefined && { mode: file.mode }),
        madeFolders: [],
      },
    }),
    ...(keeps === 'before' && earlier?.before !== undefined && { before: earlier.before }),
  }
  try {
    // Known before it is written, so that a crash in between leaves no entry that nobody knows.
    await records.put(record)
    const { madeFolders } = await replaceConfigFile(file, bytes, machine)
    if (madeFolders.length > 0 && record.before !== undefined)
      await records.put({ ...record, before: { ...record.before, madeFolders: [...madeFolders] } })
  } catch (error) {
    await (earlier === undefined ? records.remove(app) : records.put(earlier))
    if (backup !== undefined) await records.removeBackup(backup)
    await revoke(parts, summary.id)
    throw error
  }
  if (keeps === 'before' && backup !== undefined) await records.removeBackup(backup)
  if (earlier !== undefined) await revoke(parts, earlier.keyId)
  return { keyId: summary.id, key, keyFrom: planned.keyFrom }
}

/**
 * What of an earlier connection holds on: `before`, its backup, where the file is as it was written; `entry`, where it has
 * changed around the entry, so that nothing brings back what was; `nothing`, where the entry is gone.
 */
function keepsEarlier(open: OpenConfig, earlier: ConnectionRecord | undefined): 'before' | 'entry' | 'nothing' {
  if (earlier === undefined) return 'nothing'
  if (earlier.writtenHash === open.file.hash) return 'before'
  const entry = explaining(open.shortPath, () => open.format.contentOf(open.file.text, open.container, entryName))
  return entry === undefined ? 'nothing' : 'entry'
}

function refuseElsewhere({ machine }: AgentConfigParts, { open }: PlannedConnection, input: ConnectInput): void {
  const { file } = open
  if (file.hash !== input.hash) throw changedSince(file.path, machine)
  if (file.isOutside && input.followOutside !== true)
    throw new GatewayError('conflict', {
      detail: `${open.shortPath} leads to ${file.realPath}, outside of the home folder, and was left as it is.`,
      fix: 'Say that this file is meant: --follow-link, or followOutside.',
    })
}

/** @throws GatewayError `not_found`; `conflict` where the file is not as it was written */
export async function undoConnection(parts: AgentConfigParts, app: AgentApp): Promise<void> {
  const { records, machine } = parts
  const record = await recordOf(parts, app)
  const open = await openConfig(app, machine, record.path)
  const { before } = record
  if (before === undefined || open.file.hash !== record.writtenHash)
    throw cannotUndo(parts, record, 'has changed since Gatehouse wrote it')
  if (before.backup === undefined) await removeConfigFile(open.file, before.madeFolders, machine)
  else {
    const bytes = await records.readBackup(before.backup)
    if (bytes === undefined) throw cannotUndo(parts, record, 'has no backup any more')
    await replaceConfigFile(open.file, bytes, machine, before.mode)
  }
  await forget(parts, record)
  if (before.backup !== undefined) await records.removeBackup(before.backup)
}

function cannotUndo({ machine }: AgentConfigParts, { path, app }: ConnectionRecord, why: string): GatewayError {
  return new GatewayError('conflict', {
    detail: `${shortPath(machine, path)} ${why}, so it cannot be put back as it was.`,
    fix: `Disconnect it, which takes out only the gateway’s entry: gatehouse agents disconnect ${app}.`,
  })
}

/** @returns whether the file is what it was before */
export async function removeConnection(parts: AgentConfigParts, app: AgentApp): Promise<boolean> {
  const record = await recordOf(parts, app)
  const open = await openConfig(app, parts.machine, record.path)
  const { file } = open
  if (file.hash === record.writtenHash && record.before !== undefined) {
    const { backup } = record.before
    if (backup === undefined || (await parts.records.readBackup(backup)) !== undefined) {
      await undoConnection(parts, app)
      return true
    }
  }
  if (file.bytes !== undefined) await takeEntryOut(parts, open, record)
  await forget(parts, record)
  return false
}

/** An entry of this name that somebody made their own, and leads elsewhere, stays. */
async function takeEntryOut(parts: AgentConfigParts, open: OpenConfig, record: ConnectionRecord): Promise<void> {
  const { file, format, shortPath: short } = open
  const edited = explaining(short, () => {
    const content = format.contentOf(file.text, record.container, entryName)
    const entry = format.entries(file.text, record.container).get(entryName)
    const isOurs =
      content !== undefined &&
      (digest(content) === record.entryHash || (entry !== undefined && pointsTo(entry, record.url)))
    return isOurs ? format.change(file.text, { container: record.container, remove: [entryName] }) : file.text
  })
  if (edited !== file.text) await replaceConfigFile(file, Buffer.from(edited, 'utf8'), parts.machine)
}

async function recordOf({ records }: AgentConfigParts, app: AgentApp): Promise<ConnectionRecord> {
  const record = await records.get(app)
  if (record === undefined)
    throw new GatewayError('not_found', {
      detail: `${agentAppNames[app]} is not connected by Gatehouse.`,
      fix: `Connect it: gatehouse agents connect ${app}.`,
    })
  return record
}

async function forget(parts: AgentConfigParts, record: ConnectionRecord): Promise<void> {
  await revoke(parts, record.keyId)
  await parts.records.remove(record.app)
}

/** A key that somebody revoked already is as good as revoked. */
async function revoke({ registry }: AgentConfigParts, keyId: string): Promise<void> {
  await registry.revokeKey(keyId).catch((error: unknown) => {
    if (!(error instanceof GatewayError) || error.code !== 'not_found') throw error
  })
}
