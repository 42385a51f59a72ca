/** The shapes of the control API’s operations on accounts. */
import * as z from 'zod'
import { accountLabelSchema, diagnosisSchema, subjectSchema } from './control-schemas.js'
import { listOf, timeSchema } from './schema-parts.js'

export const connectSchema = z.strictObject({
  subject: subjectSchema
    .optional()
    .describe('Whose account: a key’s subject, or {issuer}#{sub}. `local` unless given.'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'expected an OAuth scope'))
    .max(100)
    .optional(),
  label: accountLabelSchema.optional().describe('Connects one more account, told apart by this: work, private.'),
  tool: z.string().min(1).max(256).optional().describe('For the tool’s own app_auth.'),
})
export const connectAnswerSchema = z.object({
  authorizationUrl: z.string(),
  attemptId: z.string(),
  expiresAt: timeSchema,
})
export const accountSchema = z.object({
  id: z.string(),
  server: z.string(),
  subject: z.string().describe('Empty for the organization’s.'),
  label: z.string().optional(),
  default: z.boolean().describe('Whether it is the one that is used where nobody names another.'),
  tools: z.array(z.string()).readonly().optional().describe('Whose own app_auth it is for; missing for the server’s.'),
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
  diagnosis: diagnosisSchema.optional(),
})
export const accountPatchSchema = z.strictObject({
  label: accountLabelSchema.optional().describe('Empty takes it away.'),
  default: z.boolean().optional(),
})

export const oauthClientListSchema = listOf(
  z.object({
    issuer: z.string(),
    clientId: z.string(),
    registration: z
      .enum(['static', 'cimd', 'dcr'])
      .describe('Typed in; the URL of a metadata document; registered by the gateway (RFC 7591).'),
    redirectUri: z.string(),
    servers: z.array(z.string()).readonly().describe('Whose accounts were connected with it, by slug.'),
    registeredAt: timeSchema.optional().describe('Of one that the gateway registered.'),
    secretExpiresAt: timeSchema.optional(),
  }),
)

export const downstreamTokenQuerySchema = z.strictObject({
  account_id: z.string().max(512).optional().describe('Of the asker; this gateway has one.'),
  project_id: z.string().max(512).optional().describe('Of the asker; this gateway has one.'),
  user_id: subjectSchema
    .optional()
    .describe('Whose account: a key’s subject, or {issuer}#{sub}. `local` unless given.'),
})
export const downstreamTokenSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().optional().describe('Seconds; missing where the provider did not say.'),
  scope: z.string().optional(),
})
