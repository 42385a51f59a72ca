/**
 * The profile: the declarative, shareable description of a gateway. This one schema checks the file, is published as
 * JSON Schema, and is the shape of servers in the control API. It holds references to secrets and never their values.
 */
import * as z from 'zod'
import { renameConflicts } from './tool-renames.js'

export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
const secretNamePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
/** RFC 9110 §5.6.2 `token`. */
const headerNamePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
/** What RFC 9110 §5.5 lets a field value hold, without leading or trailing white space and obs-text. */
const headerValuePattern = /^[\x20-\x7e\t]*$/
const restrictedPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z*-]{1,128}$/

export const slugSchema = z
  .string()
  .regex(slugPattern, 'expected 1 to 64 of a-z, 0-9 and "-", beginning and ending with a letter or digit')
export const secretNameSchema = z
  .string()
  .regex(secretNamePattern, 'expected 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-"')

const secretRefSchema = z.strictObject(
  { secret: secretNameSchema },
  { error: (issue) => (issue.code === 'invalid_type' ? secretExpected : undefined) },
)
const secretExpected =
  'expected a reference, { secret: NAME }: a profile never holds a secret itself; store it with `gatehouse secrets set NAME`'

/** A value of a child process: text, or a secret with text before it. */
const childValueSchema = z.union(
  [z.string().max(65_536), z.strictObject({ secret: secretNameSchema, prefix: z.string().max(65_536).optional() })],
  {
    error: (issue) =>
      typeof issue.input === 'object' && issue.input !== null && !Array.isArray(issue.input)
        ? undefined
        : 'expected text or a reference, { secret: NAME, prefix?: TEXT }',
  },
)

const headerNameSchema = z.string().regex(headerNamePattern, 'expected an HTTP header name')
const headerTextSchema = z.string().regex(headerValuePattern, 'expected printable ASCII, as a header value can hold')
const pathSafeSchema = z.string().min(1, 'expected a value').max(512)

/** Whether a host name means this machine. RFC 8252 §8.3 names the literals; `localhost` is what people type. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

const httpUrlSchema = z.string().superRefine((text, ctx) => {
  const url = parseUrl(text)
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    ctx.addIssue({ code: 'custom', message: 'expected an absolute http: or https: URL' })
  else if (url.username !== '' || url.password !== '')
    ctx.addIssue({
      code: 'custom',
      message: 'expected a URL without user name and password: use app_auth { type: basic }',
    })
  else if (url.hash !== '') ctx.addIssue({ code: 'custom', message: 'expected a URL without a fragment' })
})

/** A URL that tokens, keys or client secrets are fetched from or sent to: https, or http on loopback. */
const credentialUrlSchema = httpUrlSchema.superRefine((text, ctx) => {
  const url = parseUrl(text)
  if (url?.protocol === 'http:' && !isLoopbackHost(url.hostname))
    ctx.addIssue({ code: 'custom', message: 'expected https: (http: is accepted on loopback only)' })
})

export const asymmetricAlgorithms = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
] as const // prettier-ignore

const jwksSchema = z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())) })
const jwtFields = {
  jwks_url: credentialUrlSchema.optional(),
  jwks: jwksSchema.optional(),
  audience: z.union([pathSafeSchema, z.array(pathSafeSchema).min(1)]).optional(),
  algorithms: z
    .array(
      z.enum(asymmetricAlgorithms, { error: `expected asymmetric algorithms: ${asymmetricAlgorithms.join(', ')}` }),
    )
    .min(1)
    .optional(),
}

/** A JWT issuer that is trusted on every server. Without `jwks_url` and `jwks` its keys come from its discovery document. */
const jwtIssuerSchema = z.strictObject({ issuer: credentialUrlSchema, ...jwtFields })
export type JwtIssuer = z.infer<typeof jwtIssuerSchema>

const serverJwtSchema = z.strictObject({ issuer: pathSafeSchema.optional(), ...jwtFields }).superRefine((jwt, ctx) => {
  if (jwt.jwks_url === undefined && jwt.jwks === undefined && parseUrl(jwt.issuer ?? '') === undefined)
    ctx.addIssue({
      code: 'custom',
      message: 'expected jwks_url, jwks, or an issuer URL whose discovery names its keys',
    })
})
export type ServerJwt = z.infer<typeof serverJwtSchema>

const agentAuthSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('gateway') }),
  z.strictObject({ type: z.literal('interactive') }),
  z.strictObject({ type: z.literal('passthrough'), jwt: serverJwtSchema.optional() }),
])
export type AgentAuth = z.infer<typeof agentAuthSchema>

const clientAuthFields = {
  client_auth: z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt']).optional(),
  private_key: secretRefSchema.optional(),
  signing_algorithm: z.enum(asymmetricAlgorithms).optional(),
}
const scopesSchema = z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected an OAuth scope (RFC 6749 §3.3)'))

/** RFC 8707. Left out, it is the server's own URL unless `audience` says what the token is for; `false` sends none. */
const resourceSchema = z.union([httpUrlSchema, z.literal(false)], {
  error: 'expected an absolute http: or https: URL without a fragment, or false to send none',
})

const clientCredentialsFields = {
  token_url: credentialUrlSchema.optional(),
  /** The only authorization server that the client's secret is for, where its token endpoint is discovered. */
  issuer: credentialUrlSchema.optional(),
  client_id: pathSafeSchema,
  client_secret: secretRefSchema.optional(),
  ...clientAuthFields,
  resource: resourceSchema.optional(),
  audience: pathSafeSchema.optional(),
  scopes: scopesSchema.optional(),
  cache: z
    .boolean()
    .optional()
    .describe('Whether a token is used until it expires. Otherwise every request gets a fresh one.'),
}
export type ClientCredentials = z.infer<z.ZodObject<typeof clientCredentialsFields>>
const tokenExchangeFields = {
  token_url: credentialUrlSchema,
  client_id: pathSafeSchema.optional(),
  client_secret: secretRefSchema.optional(),
  ...clientAuthFields,
  audience: pathSafeSchema.optional(),
  resource: resourceSchema.optional(),
  scopes: scopesSchema.optional(),
  subject_token_type: pathSafeSchema.optional(),
}
export type TokenExchange = z.infer<z.ZodObject<typeof tokenExchangeFields>>

const appAuthSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('oauth2_authorization_code'),
    registration: z.enum(['auto', 'static', 'cimd', 'dcr']).optional(),
    client_id: pathSafeSchema.optional(),
    client_secret: secretRefSchema.optional(),
    ...clientAuthFields,
    authorization_url: credentialUrlSchema.optional(),
    token_url: credentialUrlSchema.optional(),
    resource: httpUrlSchema.optional(),
    scopes: scopesSchema.optional(),
    per: z.enum(['user', 'organization']).optional(),
  }),
  z.strictObject({ type: z.literal('oauth2_client_credentials'), ...clientCredentialsFields }),
  z.strictObject({
    type: z.literal('api_key'),
    name: z.string().min(1).max(128),
    in: z.enum(['header', 'query']),
    value: secretRefSchema,
  }),
  z.strictObject({ type: z.literal('bearer'), token: secretRefSchema }),
  z.strictObject({
    type: z.literal('basic'),
    username: z.union([
      headerTextSchema.refine((name) => !name.includes(':'), 'expected a user name without ":"'),
      secretRefSchema,
    ]),
    password: secretRefSchema,
  }),
  z.strictObject({ type: z.literal('token_broker') }),
  z.strictObject({ type: z.literal('token_exchange'), ...tokenExchangeFields }),
  z.strictObject({ type: z.literal('passthrough') }),
])
export type AppAuth = z.infer<typeof appAuthSchema>

const headerFields = { header: headerNameSchema, prefix: headerTextSchema.optional() }
const outboundHeaderSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('client_credentials_token'), ...headerFields, ...clientCredentialsFields }),
  z.strictObject({ type: z.literal('token_exchange'), ...headerFields, ...tokenExchangeFields }),
  z.strictObject({ type: z.literal('caller_token'), ...headerFields }),
  z.strictObject({
    type: z.literal('stored_credential'),
    ...headerFields,
    secret: secretNameSchema,
    scope: z.enum(['organization', 'user']).optional(),
  }),
  z.strictObject({
    type: z.literal('caller_identity'),
    ...headerFields,
    claim: z.string().min(1).max(128),
    required: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('custom'), ...headerFields, value: z.union([headerTextSchema, secretRefSchema]) }),
])
export type OutboundHeader = z.infer<typeof outboundHeaderSchema>

const serverFields = z.strictObject({
  url: httpUrlSchema.optional(),
  description: z.string().max(2000).optional(),
  transport: z.enum(['streamable-http', 'sse', 'stdio']).optional(),
  command: z.string().min(1).max(4096).optional(),
  args: z.array(childValueSchema).max(1000).optional(),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
      childValueSchema,
    )
    .optional(),
  cwd: z.string().min(1).max(4096).optional(),
  enabled: z.boolean().optional(),
  /** Longest silence to bear: until the response headers, then between two pieces of the body. */
  timeout_ms: z.int().min(100).max(86_400_000).optional(),
  auth_mode: z.enum(['internal', 'oauth_passthrough', 'token_broker']).optional(),
  agent_auth: agentAuthSchema.optional(),
  app_auth: appAuthSchema.optional(),
  outbound_headers: z.array(outboundHeaderSchema).max(64).optional(),
  restricted_inbound_headers: z
    .array(z.string().regex(restrictedPattern, 'expected a header name, in which "*" stands for any characters'))
    .max(256)
    .optional(),
  connection: z.enum(['shared', 'per_caller', 'per_request']).optional(),
  /** By the server's own names. */
  tools: z
    .record(
      z.string().min(1).max(128),
      z.strictObject({
        app_auth: appAuthSchema.optional(),
        hidden: z.boolean().optional(),
        rename: z
          .string()
          .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'expected 1 to 128 of A-Z, a-z, 0-9, "_", "-" and "."')
          .optional(),
        description: z.string().min(1).max(4000).optional(),
      }),
    )
    .optional(),
  /** Globs: tools that match none are hidden, unless `tools.{tool}.hidden` is false. */
  tools_shown: z.array(z.string().min(1).max(128)).max(1000).optional(),
})

/** A registered MCP server, as written in `mcpServers` and in the control API. */
export const serverSchema = serverFields.superRefine(checkServer, {
  // Also where a key is unknown or has the wrong type, so that all errors are told at once.
  when: ({ value }) => isRecord(value),
})
export type Server = z.infer<typeof serverSchema>

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkServer(server: z.infer<typeof serverFields>, ctx: z.core.$RefinementCtx): void {
  const fail = (path: string, message: string): void => ctx.addIssue({ code: 'custom', path: [path], message })
  if (server.transport === 'stdio' || (server.transport === undefined && server.command !== undefined)) {
    if (server.command === undefined) fail('command', 'expected the command to run, as transport is stdio')
    if (server.url !== undefined) fail('url', 'expected either url or command, not both')
  } else {
    if (server.url === undefined) fail('url', 'expected the URL of the server (or a command to run)')
    for (const key of ['command', 'args', 'env', 'cwd'] as const)
      if (server[key] !== undefined) fail(key, `expected no ${key}: it belongs to transport: stdio`)
  }
  checkAuthMode(server, fail)
  checkClients(server, ctx)
  for (const { tool, message } of renameConflicts(server))
    ctx.addIssue({ code: 'custom', path: ['tools', tool, 'rename'], message })
  if (
    server.app_auth?.type === 'api_key' &&
    server.app_auth.in === 'header' &&
    !headerNamePattern.test(server.app_auth.name)
  )
    ctx.addIssue({ code: 'custom', path: ['app_auth', 'name'], message: 'expected an HTTP header name' })
}

/** How a client proves itself needs the secret that it proves itself with. */
function checkClients(server: z.infer<typeof serverFields>, ctx: z.core.$RefinementCtx): void {
  const check = (client: AppAuth | OutboundHeader | undefined, ...path: readonly (string | number)[]): void => {
    if (client === undefined || !('client_auth' in client) || client.client_auth === undefined) return
    // Accounts may get their client by registration.
    if (client.type === 'oauth2_authorization_code' && client.client_id === undefined) return
    const key = client.client_auth === 'private_key_jwt' ? 'private_key' : 'client_secret'
    if (client[key] === undefined)
      ctx.addIssue({
        code: 'custom',
        path: [...path, key],
        message: `expected { secret: NAME }, as client_auth is ${client.client_auth}`,
      })
  }
  check(server.app_auth, 'app_auth')
  for (const [index, header] of (server.outbound_headers ?? []).entries()) check(header, 'outbound_headers', index)
  for (const [tool, settings] of Object.entries(server.tools ?? {})) check(settings.app_auth, 'tools', tool, 'app_auth')
}

function checkAuthMode(server: z.infer<typeof serverFields>, fail: (path: string, message: string) => void): void {
  const mode = server.auth_mode
  if (mode === undefined) return
  if (mode !== 'internal' && server.app_auth !== undefined)
    fail('app_auth', `expected no app_auth: auth_mode ${mode} already says what goes out`)
  if (mode === 'oauth_passthrough' && server.agent_auth && server.agent_auth.type !== 'passthrough')
    fail('agent_auth', 'expected agent_auth passthrough or none, as auth_mode oauth_passthrough means it')
  if (server.connection !== undefined && server.connection !== (mode === 'internal' ? 'shared' : 'per_request'))
    fail('connection', `expected no connection: auth_mode ${mode} already says it`)
}

/** The text of policies in Cedar. */
export const policyTextSchema = z.string().max(65_536, 'expected at most 65,536 characters')

const shieldSchema = z.strictObject({
  enabled: z.boolean().optional(),
  timeout_ms: z.int().min(1).max(60_000).optional(),
  on_failure: z.enum(['allow', 'deny']).optional(),
  remote: z.strictObject({ url: credentialUrlSchema, credential: secretRefSchema.optional() }).optional(),
  policies: z
    .array(z.union([z.string().min(1), z.strictObject({ name: slugSchema, text: policyTextSchema })]))
    .max(256)
    .optional(),
  /** How long a call waits for a person where a policy says to ask. */
  ask_timeout_ms: z.int().min(1).max(3_600_000).optional(),
  /** Whether tools that are changed or added after they were first seen are held until somebody approves them. */
  pin_tools: z.boolean().optional(),
})

const authenticationSchema = z.strictObject({
  legacy_bearer: z.boolean().optional(),
  jwt: z.array(jwtIssuerSchema).max(32).optional(),
  sso: z
    .strictObject({
      issuer: credentialUrlSchema,
      client_id: pathSafeSchema,
      client_secret: secretRefSchema.optional(),
      scopes: scopesSchema.optional(),
    })
    .optional(),
})

/** Everything in a profile but its servers. */
export const profileSettingsSchema = z.strictObject({
  authentication: authenticationSchema.optional(),
  oauth: z
    .strictObject({
      callback_host: z.enum(['127.0.0.1', 'localhost']).optional(),
      client_metadata_url: credentialUrlSchema.optional(),
    })
    .optional(),
  token_broker: z
    .strictObject({
      admin_url: credentialUrlSchema.optional(),
      account: pathSafeSchema.optional(),
      project: pathSafeSchema.optional(),
      credential: secretRefSchema.optional(),
    })
    .optional(),
  shield: shieldSchema.optional(),
})
export type ProfileSettings = z.infer<typeof profileSettingsSchema>
export type TokenBroker = NonNullable<ProfileSettings['token_broker']>

export const profileSchema = z.strictObject({
  gatehouse: z.literal(1, { error: 'expected 1, the version of this file format' }),
  name: slugSchema,
  ...profileSettingsSchema.shape,
  mcpServers: z.record(slugSchema, serverSchema).optional(),
})
export type Profile = z.infer<typeof profileSchema>

/** The profile file's format as JSON Schema (draft 2020-12). */
export function profileJsonSchema(): object {
  return {
    ...z.toJSONSchema(profileSchema, { io: 'input' }),
    $id: 'https://gatehouse.dev/schemas/profile-1.json',
    title: 'Gatehouse profile',
  }
}
