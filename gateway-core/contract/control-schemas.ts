/** The shapes that the control API takes and gives. The table of its operations is in `control-api.ts`. */
import * as z from 'zod'
import { diagnosisCodes, type Diagnosis } from './diagnosis.js'
import { errorCodes, type ErrorCode } from './errors.js'
import { outboundHeaderSchema, strippedHeaderSchema, verdictSchema } from './exchange-schemas.js'
import type { Issuance, IssuanceQuery } from './issuance.js'
import { secretNameSchema, serverSchema, slugSchema } from './profile.js'
import {
  callerSchema,
  flagSchema,
  listOf,
  millisecondsSchema,
  nameSchema,
  pageQuerySchema,
  timeSchema,
} from './schema-parts.js'
import type { ServerHealth } from './server-health.js'

export const subjectSchema = z.string().min(1).max(512)
/** Empty is the account without a label. */
export const accountLabelSchema = z
  .string()
  .regex(/^(?:[^\p{C}\s](?:[^\p{C}]{0,62}[^\p{C}\s])?)?$/u, 'expected at most 64 characters, as in work')
const passphraseSchema = z.string().min(1, 'expected a passphrase').max(1024)
export const statusSchema = z.object({
  version: z.string(),
  vault: z.enum(['unlocked', 'locked', 'uninitialized']),
  dataUrl: z.string(),
  controlUrl: z.string(),
  startedAt: timeSchema,
  paused: z.boolean().describe('Whether agents are refused until somebody resumes.'),
  callsInFlight: z.int().describe('Calls of agents that are being answered.'),
  exchangesDropped: z.int().describe('Exchanges that were not recorded, as there were too many.'),
})
export type GatewayStatus = z.infer<typeof statusSchema>

export const sessionLinkSchema = z.object({ url: z.string(), expiresAt: timeSchema })
export const unlockSchema = z.union(
  [z.strictObject({ passphrase: passphraseSchema }), z.strictObject({ recoveryKey: z.string().min(1).max(256) })],
  { error: 'expected { passphrase } or { recoveryKey }' },
)
export const recoveryKeySchema = z.object({ recoveryKey: z.string() })
export const newPassphraseSchema = z.strictObject({ passphrase: passphraseSchema })

const serverStateSchema = z.object({
  status: z.enum(['ready', 'sign_in_needed', 'unreachable', 'disabled', 'error']),
  reason: z.string().optional(),
  since: timeSchema.optional().describe('When it entered this status, where that was since the gateway started.'),
  lastSuccessAt: timeSchema.optional(),
  warnings: z.array(z.string()).readonly().optional().describe('What of its settings cannot be done.'),
})

const linesSchema = z.array(z.string()).readonly()
const serverHealthSchema = z.object({
  sessions: z.int().describe('Sessions that the gateway itself holds with the server.'),
  stopped: z.boolean().describe('Whether a person stopped it.'),
  era: z.enum(['legacy', 'modern']).optional(),
  protocolVersion: z.string().optional(),
  name: z.string().optional().describe('As it calls itself.'),
  version: z.string().optional(),
  capabilities: z.array(z.string()).readonly().optional().describe('What it says it can do: tools, prompts, …'),
  restarts: z.int().optional().describe('How often its process was started again.'),
  lastEnd: z.string().optional().describe('Why its process ended last.'),
  stderr: linesSchema.optional().describe('Last lines of standard error, oldest first. Not in lists.'),
  strayOutput: z
    .object({ count: z.int(), lines: linesSchema })
    .optional()
    .describe('Lines on standard output that were no messages. Not in lists.'),
}) satisfies z.ZodType<ServerHealth>

const probeStepNames = [
  'dns',
  'reachable',
  'tls',
  'command',
  'start',
  'era',
  'auth',
  'tools',
  'metadata',
  'registration',
  'authorization',
  'token',
] as const
const probeStepSchema = z.object({
  name: z.enum(probeStepNames),
  ok: z.boolean(),
  durationMs: millisecondsSchema,
  detail: z.string(),
  skipped: z.literal(true).optional().describe('It was not tried; detail says why.'),
  fix: z.string().optional().describe('What to do where it is not ok.'),
})
export type ProbeStep = z.infer<typeof probeStepSchema>
export const probeInputSchema = z.strictObject({
  caller: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('As whom: a subject, a key’s id, or {issuer}#{sub}; the subject local, if nobody is named.'),
})
export const probeSchema = z.object({
  steps: z
    .array(probeStepSchema)
    .readonly()
    .describe('In the order in which they were tried; those that were not come where they belong.'),
})

/** What a server's answer holds beside its configuration. Ignored when it is sent back. */
export const serverReadOnlyKeys = ['slug', 'profile', 'state', 'health', 'createdAt', 'updatedAt'] as const
export const serverAnswerSchema = z.object({
  ...serverSchema.shape,
  slug: slugSchema,
  profile: z.string(),
  state: serverStateSchema,
  health: serverHealthSchema,
  createdAt: timeSchema,
  updatedAt: timeSchema,
})
export const serverListSchema = listOf(serverAnswerSchema)
export const serverPatchSchema = z
  .record(z.string(), z.unknown(), { error: 'expected an object' })
  .describe('Top-level keys of the server that change; null removes one (RFC 7396 at the top level).')
export const slugParamsSchema = z.strictObject({ slug: slugSchema })

export const idParamsSchema = z.strictObject({ id: z.string().min(1).max(128) })

export const secretItemSchema = z.object({
  name: z.string(),
  subject: z.string().optional(),
  generation: z.int(),
  destinations: z.array(z.string()).readonly(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  usedBy: z.array(z.string()).readonly(),
})
export const secretListSchema = listOf(secretItemSchema)
export const secretParamsSchema = z.strictObject({ name: secretNameSchema })
export const subjectQuerySchema = z.strictObject({ subject: subjectSchema.optional() })
export const subjectListQuerySchema = subjectQuerySchema.extend(pageQuerySchema.shape)
export const secretValueSchema = z.strictObject({
  value: z
    .string()
    .min(1, 'expected a value')
    .refine((value) => new TextEncoder().encode(value).byteLength <= 65_536, 'expected at most 64 KiB'),
})

const newKeyFields = {
  name: nameSchema,
  subject: subjectSchema.optional(),
  email: z.string().min(1).max(320).optional(),
  agent: slugSchema.optional(),
  servers: z.array(slugSchema).max(1000).optional(),
  tools: z.array(z.string().min(1).max(256)).max(1000).optional(),
  accounts: z
    .record(slugSchema, accountLabelSchema)
    .optional()
    .describe('Labels of the accounts that it uses where its subject has several, by the slugs of their servers.'),
  expiresAt: timeSchema.optional(),
}
export const newKeySchema = z.strictObject(newKeyFields)
export const importedKeySchema = z.strictObject({
  ...newKeyFields,
  key: z.string().regex(/^[\x21-\x7e]{8,4096}$/, 'expected 8 to 4096 printable ASCII characters without spaces'),
})
export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['service', 'legacy']),
  hint: z.string().describe('The last four characters.'),
  subject: z.string(),
  email: z.string().optional(),
  agent: z.string().optional(),
  servers: z.array(z.string()).readonly().optional(),
  tools: z.array(z.string()).readonly().optional(),
  accounts: z.record(z.string(), z.string()).optional(),
  createdAt: timeSchema,
  expiresAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
})
export const createdKeySchema = keySchema.extend({ key: z.string().describe('The key itself, this once.') })
export const keyListSchema = listOf(keySchema)
export const keyPatchSchema = z.strictObject({
  accounts: z
    .record(slugSchema, accountLabelSchema.nullable())
    .describe('By slug; null leaves the choice to the owner’s default again.'),
})
export const keyParamsSchema = z.strictObject({ id: z.string().min(1).max(128) })

export const newAgentSchema = z.strictObject({ name: slugSchema })
export const agentParamsSchema = z.strictObject({ name: slugSchema })
const agentUrlsSchema = z
  .record(z.string(), z.string())
  .describe('The agent’s own URL of each server, by slug, and of all servers as one under `*`.')
export const createdAgentSchema = z.object({
  name: z.string(),
  key: z.string().describe('The agent’s key, this once.'),
  keyId: z.string(),
  urls: agentUrlsSchema,
})
export const agentSchema = z.object({
  name: z.string(),
  keys: z.array(keySchema).readonly(),
  urls: agentUrlsSchema,
})
export const agentListSchema = listOf(agentSchema)

export const issuanceSchema = z.object({
  id: z.string(),
  issuedAt: timeSchema,
  grantType: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  subject: z.string().describe('The token’s own claim where it is a JWT, else the client or the caller.'),
  audience: z
    .union([z.string(), z.array(z.string()).readonly()])
    .describe('The token’s own claim where it is a JWT, else the resource.'),
  resource: z.string().optional(),
  scopes: z.array(z.string()).readonly(),
  server: z.string(),
  caller: callerSchema,
  requestId: z.string(),
  traceId: z.string(),
  expiresAt: timeSchema.optional(),
}) satisfies z.ZodType<Issuance>
export const issuanceListSchema = listOf(issuanceSchema)
export const issuanceQuerySchema = z.strictObject({
  server: z.string().max(128).optional(),
  client: z.string().max(512).optional().describe('The client’s id.'),
  ...pageQuerySchema.shape,
}) satisfies z.ZodType<IssuanceQuery>

export const explainInputSchema = z.strictObject({
  server: slugSchema,
  caller: z.string().min(1).max(1024).optional().describe('A subject, a key’s id, or {issuer}#{sub}.'),
  method: z.string().min(1).max(128).optional(),
  tool: z.string().min(1).max(128).optional(),
  arguments: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  config: z
    .record(z.string(), z.unknown(), { error: 'expected an object' })
    .optional()
    .describe(
      'The server as it would be saved, as in PUT /servers/{slug}, in place of the saved one. Nothing is saved.',
    ),
})
export type ExplainInput = z.infer<typeof explainInputSchema>
export const explainAnswerSchema = z.object({
  allowed: z.boolean(),
  caller: callerSchema.nullable(),
  verdict: verdictSchema,
  url: z.string(),
  outbound: z.array(outboundHeaderSchema).readonly(),
  stripped: z.array(strippedHeaderSchema).readonly(),
  problems: z.array(z.string()).readonly(),
})
export type ExplainAnswer = z.infer<typeof explainAnswerSchema>

export const applyQuerySchema = z.strictObject({
  dryRun: flagSchema,
  approveCommands: flagSchema,
  name: slugSchema.optional().describe('Names the profile where the file carries no name.'),
})
export const profileReportSchema = z.object({
  name: z.string(),
  changes: z
    .array(
      z.object({
        kind: z.enum(['server', 'authentication', 'oauth', 'token_broker', 'shield', 'profile']),
        path: z.string(),
        change: z.enum(['added', 'changed', 'removed']),
        before: z.unknown().optional(),
        after: z.unknown().optional(),
      }),
    )
    .readonly(),
  missingSecrets: z.array(z.string()).readonly(),
  pendingApproval: z.array(z.string()).readonly(),
  storedSecrets: z
    .array(z.string())
    .readonly()
    .describe('Names of secrets that the file holds in the clear, and that go to the vault.'),
  warnings: z.array(z.string()).readonly(),
})
export const profileListSchema = listOf(z.object({ name: z.string(), servers: z.int(), updatedAt: timeSchema }))
export const profileParamsSchema = z.strictObject({ name: slugSchema })
export const profileAnswerSchema = z
  .record(z.string(), z.unknown())
  .describe('The profile in its file’s form; see GET /profile-schema.')
export const sealedExportSchema = z.strictObject({ recipientPassphrase: passphraseSchema })
export const sealedImportSchema = z.strictObject({
  file: z.base64('expected the age file in base64').max(12 * 1024 * 1024),
  passphrase: passphraseSchema,
})

export const diagnosisSchema = z
  .object({
    code: z.enum(diagnosisCodes),
    title: z.string(),
    facts: z.array(z.string()).readonly(),
    expected: z.string().optional(),
    received: z.string().optional(),
    likelyCause: z.string().optional(),
    fix: z.string(),
  })
  .describe('What was measured, apart from what is guessed.') satisfies z.ZodType<Diagnosis>

/** RFC 9457, with `code` from the closed set. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.enum(errorCodes as readonly [ErrorCode, ...ErrorCode[]]),
  fix: z.string().optional(),
  connectUrl: z.string().optional().describe('Where a person connects the account that is missing; it works once.'),
  diagnosis: diagnosisSchema.optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() }))
    .readonly()
    .optional(),
})
export type Problem = z.infer<typeof problemSchema>
