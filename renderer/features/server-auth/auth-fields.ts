/** The fields of each kind of credential, as the profile's schema has them. One row per field. */
import type { StringKey } from '../../strings/i18n.js'
import { asymmetricAlgorithms } from '../../../gateway-core/contract/profile.js'
import type { AgentAuth, AppAuth, OutboundHeaderConfig } from './effective-auth.js'

export type Bag = Readonly<Record<string, unknown>>

export interface FieldSpec {
  readonly key: string
  readonly label: StringKey
  readonly hint?: StringKey
  /** `words`: several, separated by spaces. `resource`: a URL, or none on purpose. */
  readonly kind: 'text' | 'secret' | 'secretName' | 'textOrSecret' | 'words' | 'choice' | 'flag' | 'resource' | 'json'
  /** Of a choice; the first is what holds where nothing is said. */
  readonly options?: readonly string[]
  readonly optional?: boolean
  /** Shown only where it means something. */
  readonly when?: (value: Bag) => boolean
}

const provesWithKey = (value: Bag): boolean => value['client_auth'] === 'private_key_jwt'

const clientSecret: readonly FieldSpec[] = [
  {
    key: 'client_auth',
    label: 'detail.field.client_auth',
    kind: 'choice',
    options: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    optional: true,
  },
  {
    key: 'client_secret',
    label: 'detail.field.client_secret',
    kind: 'secret',
    optional: true,
    when: (value) => !provesWithKey(value),
  },
  { key: 'private_key', label: 'detail.field.private_key', kind: 'secret', when: provesWithKey },
  {
    key: 'signing_algorithm',
    label: 'detail.field.signing_algorithm',
    kind: 'choice',
    options: asymmetricAlgorithms,
    optional: true,
    when: provesWithKey,
  },
]

const scopes: FieldSpec = {
  key: 'scopes',
  label: 'detail.field.scopes',
  hint: 'detail.hint.scopes',
  kind: 'words',
  optional: true,
}
const resource: FieldSpec = {
  key: 'resource',
  label: 'detail.field.resource',
  hint: 'detail.hint.resource',
  kind: 'resource',
  optional: true,
}
const audience: FieldSpec = { key: 'audience', label: 'detail.field.audience', kind: 'text', optional: true }

const clientCredentials: readonly FieldSpec[] = [
  { key: 'client_id', label: 'detail.field.client_id', kind: 'text' },
  ...clientSecret,
  {
    key: 'token_url',
    label: 'detail.field.token_url',
    hint: 'detail.hint.discovered',
    kind: 'text',
    optional: true,
  },
  { key: 'issuer', label: 'detail.field.issuer', hint: 'detail.hint.issuer', kind: 'text', optional: true },
  scopes,
  resource,
  audience,
  { key: 'cache', label: 'detail.field.cache', hint: 'detail.hint.cache', kind: 'flag' },
]

const tokenExchange: readonly FieldSpec[] = [
  { key: 'token_url', label: 'detail.field.token_url', kind: 'text' },
  { key: 'client_id', label: 'detail.field.client_id', kind: 'text', optional: true },
  ...clientSecret,
  audience,
  resource,
  scopes,
  { key: 'subject_token_type', label: 'detail.field.subject_token_type', kind: 'text', optional: true },
]

export const appAuthFields: Readonly<Record<AppAuth['type'], readonly FieldSpec[]>> = {
  none: [],
  passthrough: [],
  token_broker: [],
  oauth2_authorization_code: [
    {
      key: 'per',
      label: 'detail.field.per',
      kind: 'choice',
      options: ['user', 'organization'],
    },
    scopes,
    {
      key: 'registration',
      label: 'detail.field.registration',
      kind: 'choice',
      options: ['auto', 'static', 'cimd', 'dcr'],
    },
    {
      key: 'client_id',
      label: 'detail.field.client_id',
      hint: 'detail.hint.registered',
      kind: 'text',
      optional: true,
    },
    ...clientSecret.map((field) => ({
      ...field,
      when: (value: Bag) => hasClient(value) && (field.when?.(value) ?? true),
    })),
    {
      key: 'authorization_url',
      label: 'detail.field.authorization_url',
      hint: 'detail.hint.discovered',
      kind: 'text',
      optional: true,
    },
    {
      key: 'token_url',
      label: 'detail.field.token_url',
      hint: 'detail.hint.discovered',
      kind: 'text',
      optional: true,
    },
    { ...resource, kind: 'text' },
  ],
  oauth2_client_credentials: clientCredentials,
  api_key: [
    { key: 'name', label: 'detail.field.apiKeyName', kind: 'text' },
    { key: 'in', label: 'detail.field.apiKeyIn', kind: 'choice', options: ['header', 'query'] },
    { key: 'value', label: 'detail.field.apiKeyValue', kind: 'secret' },
  ],
  bearer: [{ key: 'token', label: 'detail.field.token', kind: 'secret' }],
  basic: [
    { key: 'username', label: 'detail.field.username', kind: 'textOrSecret' },
    { key: 'password', label: 'detail.field.password', kind: 'secret' },
  ],
  token_exchange: tokenExchange,
}

function hasClient(value: Bag): boolean {
  return typeof value['client_id'] === 'string' && value['client_id'] !== ''
}

export const jwtFields: readonly FieldSpec[] = [
  { key: 'issuer', label: 'detail.field.jwtIssuer', hint: 'detail.hint.jwtIssuer', kind: 'text', optional: true },
  { key: 'jwks_url', label: 'detail.field.jwks_url', kind: 'text', optional: true },
  { key: 'audience', label: 'detail.field.audience', kind: 'words', optional: true },
  {
    key: 'algorithms',
    label: 'detail.field.algorithms',
    hint: 'detail.hint.algorithms',
    kind: 'words',
    optional: true,
  },
  { key: 'jwks', label: 'detail.field.jwks', kind: 'json', optional: true },
]

const headerName: FieldSpec = { key: 'header', label: 'detail.field.header', kind: 'text' }
const prefix: FieldSpec = {
  key: 'prefix',
  label: 'detail.field.prefix',
  hint: 'detail.hint.prefix',
  kind: 'text',
  optional: true,
}

export const recipeFields: Readonly<Record<OutboundHeaderConfig['type'], readonly FieldSpec[]>> = {
  client_credentials_token: [headerName, prefix, ...clientCredentials],
  caller_token: [headerName, prefix],
  token_exchange: [headerName, prefix, ...tokenExchange],
  stored_credential: [
    headerName,
    prefix,
    { key: 'secret', label: 'detail.field.secret', kind: 'secretName' },
    { key: 'scope', label: 'detail.field.scope', kind: 'choice', options: ['organization', 'user'] },
  ],
  caller_identity: [
    headerName,
    prefix,
    { key: 'claim', label: 'detail.field.claim', hint: 'detail.hint.claim', kind: 'text' },
    { key: 'required', label: 'detail.field.required', hint: 'detail.hint.required', kind: 'flag' },
  ],
  custom: [headerName, prefix, { key: 'value', label: 'detail.field.value', kind: 'textOrSecret' }],
}

export const appAuthTypes = Object.keys(appAuthFields) as readonly AppAuth['type'][]
export const agentAuthTypes = ['gateway', 'interactive', 'passthrough'] as const satisfies readonly AgentAuth['type'][]
export const recipeTypes = [
  'client_credentials_token',
  'caller_token',
  'token_exchange',
  'stored_credential',
  'caller_identity',
  'custom',
] as const satisfies readonly OutboundHeaderConfig['type'][]

/** A credential of a kind with nothing filled in yet. */
export function blankAppAuth(type: AppAuth['type']): AppAuth {
  const blanks: Readonly<Record<AppAuth['type'], AppAuth>> = {
    none: { type: 'none' },
    passthrough: { type: 'passthrough' },
    token_broker: { type: 'token_broker' },
    oauth2_authorization_code: { type: 'oauth2_authorization_code' },
    oauth2_client_credentials: { type: 'oauth2_client_credentials', client_id: '' },
    api_key: { type: 'api_key', name: '', in: 'header', value: { secret: '' } },
    bearer: { type: 'bearer', token: { secret: '' } },
    basic: { type: 'basic', username: '', password: { secret: '' } },
    token_exchange: { type: 'token_exchange', token_url: '' },
  }
  return blanks[type]
}

export function blankHeader(type: OutboundHeaderConfig['type']): OutboundHeaderConfig {
  const blanks: Readonly<Record<OutboundHeaderConfig['type'], OutboundHeaderConfig>> = {
    client_credentials_token: { type: 'client_credentials_token', header: '', prefix: 'Bearer ', client_id: '' },
    caller_token: { type: 'caller_token', header: '', prefix: 'Bearer ' },
    token_exchange: { type: 'token_exchange', header: '', prefix: 'Bearer ', token_url: '' },
    stored_credential: { type: 'stored_credential', header: '', secret: '' },
    caller_identity: { type: 'caller_identity', header: '', claim: 'email' },
    custom: { type: 'custom', header: '', value: '' },
  }
  return blanks[type]
}
