/** The shapes of exchanges in the control API, of what finds and exports them, and of how they are kept. */
import * as z from 'zod'
import {
  exchangeLanes,
  type Exchange,
  type ExchangeQuery,
  type ExchangeSettings,
  type SavedFilter,
  type Verdict,
} from './exchange.js'
import { parseExchangeFilter } from './exchange-filter.js'
import {
  callerSchema,
  flagSchema,
  limitSchema,
  listOf,
  millisecondsSchema,
  nameSchema,
  timeSchema,
} from './schema-parts.js'

const decisionSchema = z.enum(['allow', 'deny', 'error'])
export const verdictSchema = z.object({
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
    fingerprint: z.string().optional().describe('Tells values of one secret apart: 8 hex digits of a keyed hash.'),
    accountId: z.string().optional(),
    issuanceId: z.string().optional(),
  }),
})
export const strippedHeaderSchema = headerEntrySchema.extend({ reason: z.string() })
export const outboundHeaderSchema = strippedHeaderSchema.extend({
  disposition: z.enum(['forwarded', 'injected', 'replaced', 'generated']),
})

const exchangeSummarySchema = z.object({
  id: z.string(),
  lane: z
    .enum(exchangeLanes)
    .describe('mcp: an agent’s request. auth: one of the gateway’s to an authorization server or a token broker.'),
  requestId: z.string(),
  causedBy: z.string().optional().describe('In the lane auth: id of the request that made it necessary.'),
  replayOf: z.string().optional().describe('Id of the exchange that this one repeats.'),
  traceId: z.string(),
  startedAt: timeSchema,
  durationMs: millisecondsSchema,
  timings: z.object({
    callerMs: millisecondsSchema,
    shieldMs: millisecondsSchema,
    credentialMs: millisecondsSchema,
    connectMs: millisecondsSchema,
    tlsMs: millisecondsSchema.describe('Part of connectMs.'),
    firstByteMs: millisecondsSchema,
    streamMs: millisecondsSchema,
    gatewayMs: millisecondsSchema.describe('What is left of the total: the gateway’s own share.'),
    totalMs: millisecondsSchema,
  }),
  caller: callerSchema.nullable(),
  recognisedBy: z.string().optional().describe('How the caller was recognised, for people.'),
  agent: z.string().optional(),
  server: z.string().nullable(),
  method: z.string().nullable(),
  tool: z.string().nullable(),
  verdict: verdictSchema,
  request: z.object({
    httpMethod: z.string(),
    path: z.string(),
    url: z.string().optional().describe('Where it went, or would have gone, without the query.'),
    query: z
      .array(headerEntrySchema.extend({ disposition: z.literal('injected') }))
      .readonly()
      .optional(),
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
  problems: z
    .array(z.string())
    .readonly()
    .optional()
    .describe('What is odd in it, for people, as headers that do not say what the body says.'),
  issuanceId: z.string().optional(),
})
export const exchangeSchema = exchangeSummarySchema.extend({
  replays: z.array(z.string()).readonly().optional().describe('Ids of the exchanges that repeated this one.'),
}) satisfies z.ZodType<Exchange>
export const exchangeListSchema = listOf(exchangeSummarySchema)
export const exchangeParamsSchema = z.strictObject({ id: z.string().min(1).max(128) })

/** @see exchange-filter.ts */
const filterTextSchema = z
  .string()
  .max(1024)
  .superRefine((text, context) => {
    const parsed = parseExchangeFilter(text)
    if ('message' in parsed)
      context.addIssue({ code: 'custom', message: `character ${parsed.position + 1}: ${parsed.message}` })
  })
  .describe('Terms that must all hold, e.g. verdict:deny tool:create_* dur:>500ms -method:ping; other words are text.')

const criteria = {
  server: z.string().max(128).optional(),
  caller: z.string().max(1024).optional(),
  verdict: decisionSchema.optional(),
  tool: z.string().max(256).optional(),
  status: z.coerce.number().int().min(0).max(599).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  q: filterTextSchema.optional(),
}
export const exchangeQuerySchema = z.strictObject({
  ...criteria,
  cursor: z.string().max(1024).optional(),
  limit: limitSchema,
}) satisfies z.ZodType<ExchangeQuery>

export const exportFormats = ['har', 'jsonl', 'markdown'] as const
export type ExportFormat = (typeof exportFormats)[number]
export const exportMediaTypes: Readonly<Record<ExportFormat, string>> = {
  har: 'application/json',
  jsonl: 'application/jsonl',
  markdown: 'text/markdown',
}
export const exportQuerySchema = z.strictObject({
  ...criteria,
  format: z.enum(exportFormats),
  redact: flagSchema.describe(
    'true unless said: only header values of a list are in it, and of bodies the structure. false: as the inspector shows it, secrets masked all the same.',
  ),
  limit: z.coerce.number().int().min(1).max(100_000).optional().describe('The newest so many; 10,000 unless given.'),
})

export const replayInputSchema = z.strictObject({
  arguments: z
    .unknown()
    .optional()
    .describe('What a tool is called with, or the params of another method, in place of what was recorded.'),
  confirm: z.boolean().optional().describe('Needed for a tool that its server calls destructive.'),
})

export const eventsQuerySchema = z.strictObject({
  filter: filterTextSchema.optional().describe('Of events named exchange, only those that this filter lets through.'),
})

export const savedFilterSchema = z.object({
  name: z.string(),
  q: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
}) satisfies z.ZodType<SavedFilter>
export const savedFilterListSchema = listOf(savedFilterSchema)
export const savedFilterParamsSchema = z.strictObject({ name: nameSchema })
export const savedFilterInputSchema = z.strictObject({ q: filterTextSchema.min(1, 'expected a filter') })

const exchangeSettingsSchema = z.object({
  keep: z
    .enum(['vault', 'memory'])
    .describe('memory: nothing of an exchange is written to disk. Changing this forgets all that were kept.'),
  maxExchanges: z.int().min(100).max(5_000_000),
  maxAgeDays: z.number().positive().max(3650),
  maxBytes: z
    .int()
    .min(1024 * 1024)
    .max(64 * 1024 * 1024 * 1024)
    .describe('In memory at most 256 MiB.'),
}) satisfies z.ZodType<ExchangeSettings>
const telemetrySettingsSchema = z.object({
  otlpEndpoint: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .max(2048)
    .nullable()
    .describe('Where traces go, OTLP over HTTP; null sends none, but for OTEL_EXPORTER_OTLP_ENDPOINT.'),
})
export const settingsSchema = z.object({ exchanges: exchangeSettingsSchema, telemetry: telemetrySettingsSchema })
export type GatewaySettings = z.infer<typeof settingsSchema>
export const settingsPatchSchema = z.strictObject({
  exchanges: z.strictObject(exchangeSettingsSchema.partial().shape).optional(),
  telemetry: z.strictObject(telemetrySettingsSchema.partial().shape).optional(),
})
