/** The shapes of the control API's operations on policies and approvals. */
import * as z from 'zod'
import { policyTextSchema, slugSchema } from './profile.js'
import { listOf, pageQuerySchema, timeSchema } from './schema-parts.js'

export const shieldStateSchema = z.object({
  enabled: z.boolean().describe('Off, calls go on unchecked.'),
  onFailure: z.enum(['allow', 'deny']).describe('What becomes of a call that could not be judged.'),
  timeoutMs: z.int().describe('How long an engine has to answer.'),
  askTimeoutMs: z.int().describe('How long a call waits for a person; then it is denied.'),
  pinTools: z.boolean().describe('Whether tools that change are held until somebody approves them.'),
  remotes: z
    .array(z.object({ url: z.string(), credential: z.string().optional().describe('Name of a secret.') }))
    .describe('Engines elsewhere that are asked.'),
})

export const policyParamsSchema = z.strictObject({ name: slugSchema })
export const policySchema = z.object({
  name: z.string(),
  text: z.string().describe('Cedar.'),
  profile: z.string().optional().describe('The profile that it belongs to, where it does.'),
  updatedAt: timeSchema,
})
export const policyListSchema = listOf(policySchema)
export const policyInputSchema = z.strictObject({ text: policyTextSchema })
export const starterPolicyListSchema = listOf(z.object({ name: z.string(), title: z.string(), text: z.string() }))

export const backtestInputSchema = z
  .strictObject({
    text: policyTextSchema.optional(),
    name: slugSchema.optional(),
    since: timeSchema.optional(),
  })
  .refine(({ text, name }) => (text === undefined) !== (name === undefined), {
    error: 'expected either text, or the name of a policy that is kept',
  })
export const backtestSchema = z.object({
  judged: z.int(),
  denied: z.array(
    z.object({
      exchangeId: z.string(),
      startedAt: timeSchema,
      server: z.string(),
      tool: z.string().nullable(),
      method: z.string(),
      caller: z.string().nullable(),
      outcome: z.enum(['deny', 'ask']),
      policies: z.array(z.string()).readonly(),
      reason: z.string().optional(),
      masked: z
        .boolean()
        .describe('Whether its recorded arguments are masked in places, so that the answer may be another.'),
    }),
  ),
  deniedCount: z.int().describe('All of them; `denied` holds the newest 1,000.'),
  skipped: z.int().describe('Exchanges whose request was not recorded as a whole.'),
  masked: z.int().describe('Judged exchanges whose recorded arguments are masked in places.'),
  complete: z.boolean().describe('False where there were more exchanges than are looked at in one go.'),
})

const callApprovalSchema = z.object({
  kind: z.literal('call'),
  id: z.string(),
  status: z.literal('pending'),
  requestId: z.string(),
  server: z.string(),
  method: z.string(),
  tool: z.string().optional(),
  caller: z.string().describe('The caller’s subject.'),
  agent: z.string().optional(),
  arguments: z.string().optional().describe('JSON, cut off beyond 4,096 characters.'),
  reason: z.string(),
  policies: z.array(z.string()).readonly(),
  createdAt: timeSchema,
  expiresAt: timeSchema.describe('Then it is denied.'),
})
const toolApprovalSchema = z.object({
  kind: z.literal('tool'),
  id: z.string(),
  status: z.enum(['pending', 'denied']),
  server: z.string(),
  tool: z.string(),
  change: z.enum(['added', 'changed']),
  diff: z
    .array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }))
    .readonly(),
  createdAt: timeSchema,
})
export const approvalListSchema = listOf(z.discriminatedUnion('kind', [callApprovalSchema, toolApprovalSchema]))
export const approvalQuerySchema = z.strictObject({
  status: z.enum(['pending', 'denied']).optional().describe('`denied` lists the tools that somebody refused.'),
  ...pageQuerySchema.shape,
})
export const approvalDecisionSchema = z
  .strictObject({
    decision: z.enum(['allow', 'deny']),
    rememberMs: z
      .int()
      .min(1000)
      .max(86_400_000)
      .optional()
      .describe(
        'So long further calls of this tool, by the same caller, that the same policies ask about are allowed.',
      ),
  })
  .refine(({ decision, rememberMs }) => decision === 'allow' || rememberMs === undefined, {
    path: ['rememberMs'],
    error: 'expected with allow only',
  })
