/** The control API's operations on agents' own configuration files: found, read when asked, edited and undone. */
import * as z from 'zod'
import { agentApps } from './agent-entry.js'
import { profileReportSchema } from './control-schemas.js'
import { errorCodes, type ErrorCode } from './errors.js'
import { read, write, type Operation } from './operation.js'
import { slugSchema } from './profile.js'
import { listOf, pageQuerySchema } from './schema-parts.js'

const appSchema = z.enum(agentApps)
const appParamsSchema = z.strictObject({ app: appSchema })
const hashSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{64}|absent)$/, 'expected the hash that a preview told')
  .describe('SHA-256 of the file as it was looked at, or "absent".')

export const connectionStatuses = [
  'connected',
  'changed',
  'removed',
  'key_revoked',
  'other_address',
  'unreadable',
] as const

const connectionSchema = z.object({
  agent: z.string().describe('The agent of the gateway whose addresses it calls.'),
  keyId: z.string(),
  url: z.string(),
  connectedAt: z.string(),
  status: z.enum(connectionStatuses).describe('Whether the entry is as it was written, and still good for a call.'),
  reason: z.string().optional(),
  lastCallAt: z.string().optional().describe('Missing where the key has not been used.'),
  canUndo: z.boolean().describe('Whether the file can be put back to what it was, byte by byte.'),
})

export const agentConfigSchema = z.object({
  app: appSchema,
  name: z.string(),
  path: z.string().describe('Of its configuration file; `~` is the home folder.'),
  format: z.enum(['json', 'yaml', 'toml']),
  exists: z.boolean().describe('Whether there is such a file; without one it is made when the agent is connected.'),
  sizeBytes: z.int().optional(),
  modifiedAt: z.string().optional(),
  canImport: z.boolean(),
  keyFrom: z
    .array(z.enum(['file', 'environment']))
    .readonly()
    .describe('Where the agent can take its key from.'),
  restart: z.boolean().describe('Whether it has to be started again to see a change.'),
  connection: connectionSchema.optional(),
})
export type AgentConfig = z.infer<typeof agentConfigSchema>

const importInputSchema = z.strictObject({
  sources: z
    .array(z.strictObject({ app: appSchema, hash: hashSchema.optional() }))
    .min(1, 'expected at least one agent')
    .max(agentApps.length),
  dryRun: z.boolean().optional(),
  approveCommands: z.boolean().optional(),
})
export type ImportInput = z.infer<typeof importInputSchema>

const importedFileSchema = z.object({
  app: appSchema,
  name: z.string(),
  path: z.string(),
  hash: z.string().optional(),
  report: profileReportSchema.optional().describe('Missing where there is nothing to import.'),
  secrets: z
    .array(
      z.object({ name: z.string(), replaces: z.boolean().describe('Whether the vault has a value of this name.') }),
    )
    .readonly()
    .describe('What the file holds in the clear, and goes to the vault.'),
  imported: z.array(z.object({ name: z.string(), slug: z.string() })).readonly(),
  leftOut: z
    .array(z.object({ name: z.string(), reason: z.string(), slug: z.string().optional() }))
    .readonly()
    .describe('With a slug where a server of the gateway stands for it already.'),
  problem: z
    .object({
      code: z.enum(errorCodes as readonly [ErrorCode, ...ErrorCode[]]),
      detail: z.string(),
      fix: z.string().optional(),
      line: z.int().optional(),
    })
    .optional()
    .describe('Why the file could not be read.'),
})
export type ImportedFile = z.infer<typeof importedFileSchema>

const wishFields = {
  agent: slugSchema.optional().describe('The agent of the gateway that it becomes; its own name where it is missing.'),
  keyFrom: z.enum(['file', 'environment']).optional().describe('Where the agent takes its key from: "file".'),
  replace: z
    .boolean()
    .optional()
    .describe('Takes out the entries of servers that the gateway has, unless they wait for approval or are off.'),
}
const wishSchema = z.strictObject(wishFields)
export type ConnectionWish = z.infer<typeof wishSchema>
const connectInputSchema = z.strictObject({
  ...wishFields,
  hash: hashSchema,
  followOutside: z.boolean().optional().describe('Whether a file outside of the home folder, behind a link, is meant.'),
})
export type ConnectInput = z.infer<typeof connectInputSchema>

const previewSchema = z.object({
  app: appSchema,
  name: z.string(),
  path: z.string(),
  realPath: z.string().optional().describe('Where the file really is, if that is elsewhere.'),
  isOutside: z.boolean().describe('Whether that is outside of the home folder.'),
  creates: z.boolean().describe('Whether there is no file yet.'),
  hash: z.string().describe('To be sent with the wish to connect; another file then is refused with 409.'),
  agent: z.string(),
  url: z.string(),
  keyFrom: z.enum(['file', 'environment']),
  restart: z.boolean(),
  replaced: z.array(z.string()).readonly().describe('Names of entries that are taken out.'),
  diff: z
    .array(z.object({ kind: z.enum(['same', 'added', 'removed', 'gap']), text: z.string() }))
    .readonly()
    .describe('Lines that differ with some around them, secrets masked.'),
})
export type ConnectionPreview = z.infer<typeof previewSchema>

const connectedSchema = z.object({
  config: agentConfigSchema,
  keyId: z.string(),
  key: z.string().optional().describe('This once, where the file does not hold it.'),
})
export type Connected = z.infer<typeof connectedSchema>

const disconnectedSchema = z.object({
  config: agentConfigSchema,
  restored: z.boolean().describe('Whether the file is what it was before, byte by byte.'),
})
export type Disconnected = z.infer<typeof disconnectedSchema>

export const agentConfigOperations = {
  listAgentConfigs: {
    ...read,
    method: 'get',
    path: '/agent-configs',
    summary: 'Agents on this machine by their configuration files. None is opened but those that Gatehouse wrote.',
    query: pageQuerySchema,
    answer: listOf(agentConfigSchema),
  },
  importAgentConfigs: {
    method: 'post',
    path: '/agent-configs/import',
    summary: 'Reads agents’ files and takes their servers over, each under a profile of the agent’s name.',
    effect: 'secret',
    needsVault: true,
    body: importInputSchema,
    statuses: [200],
    answer: z.object({ files: z.array(importedFileSchema) }),
  },
  previewAgentConnection: {
    ...read,
    method: 'post',
    path: '/agent-configs/{app}/connection/preview',
    summary: 'What connecting the agent would change in its file. Nothing is written.',
    params: appParamsSchema,
    body: wishSchema,
    bodyMayBeMissing: true,
    answer: previewSchema,
  },
  connectAgentConfig: {
    method: 'put',
    path: '/agent-configs/{app}/connection',
    summary: 'Makes a key and writes the gateway into the agent’s file.',
    effect: 'secret',
    needsVault: true,
    params: appParamsSchema,
    body: connectInputSchema,
    statuses: [200],
    answer: connectedSchema,
  },
  undoAgentConnection: {
    ...write,
    method: 'post',
    path: '/agent-configs/{app}/connection/undo',
    summary: 'Puts the file back as it was, byte by byte, and revokes the key.',
    params: appParamsSchema,
    statuses: [200],
    answer: disconnectedSchema,
  },
  disconnectAgentConfig: {
    ...write,
    method: 'delete',
    path: '/agent-configs/{app}/connection',
    summary: 'Undoes the connection, or takes only the gateway’s entry out where the file has changed since.',
    params: appParamsSchema,
    statuses: [200],
    answer: disconnectedSchema,
  },
} as const satisfies Record<string, Operation>
