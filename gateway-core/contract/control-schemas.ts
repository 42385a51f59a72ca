/** The shapes that the control API takes and gives. The table of its operations is in `control-api.ts`. */
import * as z from 'zod'
import { callerMethods, type Caller } from './caller.js'
import { errorCodes, type ErrorCode } from './errors.js'
import type { Exchange, ExchangeQuery, Verdict } from './exchange.js'
import type { Issuance, IssuanceQuery } from './issuance.js'
import { secretNameSchema, serverSchema, slugSchema } from './profile.js'
import type { ServerHealth } from './server-health.js'

const timeSchema = z.iso.datetime({ offset: true }).describe('RFC 3339')
const subjectSchema = z.string().min(1).max(512)
const nameSchema = z.string().min(1, 'expected a name').max(128)
const passphraseSchema = z.string().min(1, 'expected a passphrase').max(1024)
/** A query's `true`, `false`, `1` or `0`. */
const flagSchema = z.enum(['true', 'false', '1', '0'], { error: 'expected true or false' }).optional()
const millisecondsSchema = z.number().min(0)

/** `{ items }` of one kind, with a cursor where more follow. */
function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() })
}

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
})

const linesSchema = z.array(z.string()).readonly()
const serverHealthSchema = z.object({
  sessions: z.int().describe('Sessions that the gateway itself holds with the server.'),
  stopped: z.boolean().describe('Whether a person stopped it.'),
  era: z.enum(['legacy', 'modern']).optional(),
  protocolVersion: z.string().optional(),
  restarts: z.int().optional().describe('How often its process was started again.'),
  lastEnd: z.string().optional().describe('Why its process ended last.'),
  stderr: linesSchema.optional().describe('Last lines of standard error, oldest first. Not in lists.'),
  strayOutput: z
    .object({ count: z.int(), lines: linesSchema })
    .optional()
    .describe('Lines on standard output that were no messages. Not in lists.'),
}) satisfies z.ZodType<ServerHealth>

const probeStepNames = [
  'reachable',
  'tls',
  'command',
  'start',
  'era',
  'auth',
  'tools',
  'metadata',
  'registration',
] as const
const probeStepSchema = z.object({
  name: z.enum(probeStepNames),
  ok: z.boolean(),
  durationMs: millisecondsSchema,
  detail: z.string(),
})
export type ProbeStep = z.infer<typeof probeStepSchema>
export const probeSchema = z.object({
  steps: z.array(probeStepSchema).readonly().describe('In this order; steps that make no sense here are left out.'),
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

export const connectSchema = z.strictObject({
  subject: subjectSchema
    .optional()
    .describe('Whose account: a key’s subject, or {issuer}#{sub}. `local` unless given.'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'expected an OAuth scope'))
    .max(100)
    .optional(),
})
export const connectAnswerSchema = z.object({
  authorizationUrl: z.string(),
  attemptId: z.string(),
  expiresAt: timeSchema,
})
const accountSchema = z.object({
  id: z.string(),
  server: z.string(),
  subject: z.string().describe('Empty for the organization’s.'),
  issuer: z.string(),
  providerSubject: z.string().optional(),
  clientId: z.string(),
  scopes: z.array(z.string()).readonly(),
  expiresAt: timeSchema.optional().describe('When the access token ends; it is refreshed before.'),
  status: z.enum(['connected', 'sign_in_needed']),
  reason: z.string().optional(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
})
export const accountListSchema = listOf(accountSchema)
export const attemptSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'connected', 'failed', 'expired']),
  account: accountSchema.optional(),
  error: z.string().optional(),
})
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
  createdAt: timeSchema,
  expiresAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
})
export const createdKeySchema = keySchema.extend({ key: z.string().describe('The key itself, this once.') })
export const keyListSchema = listOf(keySchema)
export const keyParamsSchema = z.strictObject({ id: z.string().min(1).max(128) })

export const newAgentSchema = z.strictObject({ name: slugSchema })
export const createdAgentSchema = z.object({
  name: z.string(),
  key: z.string().describe('The agent’s key, this once.'),
  keyId: z.string(),
  urls: z.record(z.string(), z.string()).describe('The agent’s own URL of each server, by slug.'),
})
export const agentListSchema = listOf(
  z.object({ name: z.string(), keys: z.array(keySchema).readonly(), urls: z.record(z.string(), z.string()) }),
)

const callerSchema = z.object({
  id: z.string(),
  subject: z.string(),
  issuer: z.string().optional(),
  email: z.string().optional(),
  method: z.enum(callerMethods),
}) satisfies z.ZodType<Caller>

const decisionSchema = z.enum(['allow', 'deny', 'error'])
const verdictSchema = z.object({
  decision: decisionSchema,
  reason: z.string().optional(),
  policies: z.array(z.string()).readonly(),
  durationMs: millisecondsSchema,
}) satisfies z.ZodType<Verdict>

const headerEntrySchema = z.object({
  name: z.string(),
  value: z.string(),
  masked: z.boolean(),
  source: z.object({
    kind: z.enum(['inbound', 'agent_auth', 'app_auth', 'outbound_header', 'protocol', 'gateway']),
    rule: z.string().optional(),
    secret: z.string().optional(),
    accountId: z.string().optional(),
    issuanceId: z.string().optional(),
  }),
})
const strippedHeaderSchema = headerEntrySchema.extend({ reason: z.string() })
const outboundHeaderSchema = strippedHeaderSchema.extend({
  disposition: z.enum(['forwarded', 'injected', 'replaced', 'generated']),
})

export const exchangeSchema = z.object({
  id: z.string(),
  requestId: z.string(),
  traceId: z.string(),
  startedAt: timeSchema,
  durationMs: millisecondsSchema,
  timings: z.object({
    callerMs: millisecondsSchema,
    shieldMs: millisecondsSchema,
    credentialMs: millisecondsSchema,
    connectMs: millisecondsSchema,
    firstByteMs: millisecondsSchema,
    totalMs: millisecondsSchema,
  }),
  caller: callerSchema.nullable(),
  agent: z.string().optional(),
  server: z.string().nullable(),
  method: z.string().nullable(),
  tool: z.string().nullable(),
  verdict: verdictSchema,
  request: z.object({
    httpMethod: z.string(),
    path: z.string(),
    headers: z.array(headerEntrySchema).readonly(),
    forwarded: z.array(headerEntrySchema).readonly(),
    stripped: z.array(strippedHeaderSchema).readonly(),
    injected: z.array(outboundHeaderSchema).readonly(),
    body: z.string().optional(),
    truncated: z.boolean().optional(),
  }),
  response: z.object({
    status: z.int().describe('0 where the agent left before there was one.'),
    headers: z.array(headerEntrySchema).readonly(),
    body: z.string().optional(),
    truncated: z.boolean().optional(),
    events: z
      .array(z.object({ atMs: z.number(), id: z.string().optional(), event: z.string().optional(), data: z.string() }))
      .readonly()
      .optional(),
  }),
  errorCode: z.string().optional(),
  issuanceId: z.string().optional(),
}) satisfies z.ZodType<Exchange>
export const exchangeListSchema = listOf(exchangeSchema)
export const exchangeParamsSchema = z.strictObject({ id: z.string().min(1).max(128) })
const limitExpected = 'expected a whole number, 1 to 500'
const limitSchema = z.coerce
  .number({ error: limitExpected })
  .int(limitExpected)
  .min(1, limitExpected)
  .max(500, limitExpected)
  .optional()
export const exchangeQuerySchema = z.strictObject({
  server: z.string().max(128).optional(),
  caller: z.string().max(1024).optional(),
  verdict: decisionSchema.optional(),
  tool: z.string().max(256).optional(),
  status: z.coerce.number().int().min(0).max(599).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  q: z.string().max(1024).optional(),
  cursor: z.string().max(1024).optional(),
  limit: limitSchema,
}) satisfies z.ZodType<ExchangeQuery>

const issuanceSchema = z.object({
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
  limit: limitSchema,
}) satisfies z.ZodType<IssuanceQuery>

export const explainInputSchema = z.strictObject({
  server: slugSchema,
  caller: z.string().min(1).max(1024).optional().describe('A subject, a key’s id, or {issuer}#{sub}.'),
  method: z.string().min(1).max(128).optional(),
  tool: z.string().min(1).max(128).optional(),
  arguments: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
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

/** RFC 9457, with `code` from the closed set. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.enum(errorCodes as readonly [ErrorCode, ...ErrorCode[]]),
  fix: z.string().optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string(), line: z.int().optional() }))
    .readonly()
    .optional(),
})
export type Problem = z.infer<typeof problemSchema>
