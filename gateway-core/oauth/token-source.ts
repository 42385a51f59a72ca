/**
 * Obtains the tokens that rules of servers ask for, without a person: by client credentials, in exchange for the caller's
 * token, or from a token broker. Each one that is obtained is noted as an issuance.
 */
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { subjectKey, type Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import type { TokenBroker } from '../contract/profile.js'
import type { TokenDemand } from '../contract/token-demand.js'
import type { IssuanceStore, SecretStore } from '../vault/vault.js'
import { openClient, type OpenedClient, type OpenedSecret } from './client-authentication.js'
import { createEndpointDiscovery } from './discover-endpoint.js'
import { createEncryptionKeys, type EncryptionKeys } from './encryption-keys.js'
import { createIssuanceLog, type IssuanceLog } from './issuance-log.js'
import { issuanceOf, lifetimeOf, textOf } from './issuance-of.js'
import { causedBy, createOAuthHttp, type OAuthHttp, type OAuthHttpSettings } from './oauth-http.js'
import { tokenFailure, tooFewScopes } from './oauth-failure.js'
import { claimsOf, requestToken } from './request-token.js'
import type { ObserveRequest } from './observed-request.js'
import { askBroker } from './token-broker.js'
import { TokenCache, type FreshToken, type ObtainedToken } from './token-cache.js'
import { WiderScopes } from './wider-scopes.js'
import { createTokenEndpoints, resourceFor, type AskingServer, type TokenEndpoints } from './token-endpoint.js'

export interface TokenSettings extends OAuthHttpSettings {
  /** `HIGHFLAME_ADMIN_URL`: the token broker where a profile names none. */
  readonly adminUrl?: string | undefined
}

/** For whose request a token is wanted, and at which server. */
export interface TokenContext extends AskingServer {
  readonly caller: Caller
  /** The caller's JWT. */
  readonly subjectToken: string | undefined
  readonly broker: TokenBroker | undefined
  readonly requestId: string
  readonly traceId: string
  /** @throws GatewayError `secret_missing`, `server_disabled` */
  open(secret: string, destination: string): Promise<OpenedSecret>
}

export interface TokenSource {
  /**
   * @throws GatewayError `token_endpoint_failed`, `account_needed`, `secret_missing`, `secret_unusable`, `server_disabled`
   */
  obtain(demand: TokenDemand, context: TokenContext): Promise<ObtainedToken>
  /**
   * The token if it is at hand. Fetches nothing.
   *
   * @throws GatewayError where it could not be obtained: `secret_missing`, `server_disabled`, `token_endpoint_failed`
   */
  known(demand: TokenDemand, context: TokenContext): Promise<ObtainedToken | undefined>
  /** What a token is asked for with at the moment: as configured, and what a server wanted beside. */
  scopes(demand: TokenDemand, context: Pick<TokenContext, 'slug'>): readonly string[]
  /**
   * Asks for a token with more scopes. Others get them too from then on.
   *
   * @throws GatewayError `insufficient_scope` where there is none, or it was asked for too often
   */
  widen(demand: TokenDemand, context: TokenContext, scopes: readonly string[]): Promise<ObtainedToken>
  /** What was asked for beside was of no use. */
  narrow(demand: TokenDemand, context: Pick<TokenContext, 'slug'>): void
  /** The server refused this token, so that no other request gets it. */
  refused(demand: TokenDemand, context: TokenContext, token: string): Promise<void>
  readonly issuances: IssuanceLog
  /** For `/oauth/jwks`. @throws GatewayError `vault_locked` */
  publicKeys: EncryptionKeys['publicKeys']
  forgetServer(slug: string): void
  forgetAll(): void
  close(): Promise<void>
}

interface TokenVault {
  readonly secrets: Pick<SecretStore, 'open' | 'put'>
  readonly issuances: IssuanceStore
}

const unsaidLifetimeMs = 5 * 60_000
const brokerLifetimeMs = 5 * 60_000
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

export function createTokenSource(
  settings: TokenSettings,
  vault: TokenVault,
  logger: Pick<Logger, 'warn'>,
  nowMs: () => number = Date.now,
  observe?: ObserveRequest,
): TokenSource {
  const http = createOAuthHttp(settings, observe)
  const keys = createEncryptionKeys(vault.secrets)
  const log = createIssuanceLog(vault.issuances, logger)
  const endpoints = createTokenEndpoints(createEndpointDiscovery(http), log)
  const cache = new TokenCache(nowMs)
  const wider = new WiderScopes()
  const parts: Parts = { http, keys, log, endpoints, wider, adminUrl: settings.adminUrl, nowMs }
  const obtain: TokenSource['obtain'] = async (demand, context) => {
    const { key, fetch } = await prepare(demand, context, parts)
    if (key !== undefined) return cache.obtain(context.slug, key, fetch)
    const { value, issuanceId } = await fetch()
    return { value, issuanceId }
  }
  return {
    obtain,
    scopes: (demand, { slug }) => scopesOf(demand, slug, wider),
    widen: (demand, context, scopes) => widen(demand, context, scopes, wider, obtain),
    narrow: ({ rule }, { slug }) => wider.drop(slug, rule),
    known: async (demand, context) => {
      const { key } = await prepare(demand, context, parts)
      return key === undefined ? undefined : cache.known(key)
    },
    refused: async (demand, context, token) => {
      const { key } = await prepare(demand, context, parts)
      if (key !== undefined) cache.drop(key, token)
    },
    issuances: log,
    publicKeys: () => keys.publicKeys(),
    forgetServer: (slug) => {
      cache.forgetServer(slug)
      endpoints.forgetServer(slug)
      wider.forgetServer(slug)
    },
    forgetAll: () => {
      cache.forgetAll()
      keys.forget()
    },
    close: async () => {
      await log.flush()
      await http.close()
    },
  }
}

interface Parts {
  readonly http: OAuthHttp
  readonly keys: EncryptionKeys
  readonly log: IssuanceLog
  readonly endpoints: TokenEndpoints
  readonly wider: WiderScopes
  readonly adminUrl: string | undefined
  readonly nowMs: () => number
}

/** Those that are configured come first. */
function scopesOf(demand: TokenDemand, slug: string, wider: WiderScopes): readonly string[] {
  const configured = demand.grant === 'token_broker' ? [] : (demand.client.scopes ?? [])
  return [...new Set([...configured, ...wider.of(slug, demand.rule)])]
}

/** @throws GatewayError `insufficient_scope` */
async function widen(
  demand: TokenDemand,
  context: TokenContext,
  wanted: readonly string[],
  wider: WiderScopes,
  obtain: TokenSource['obtain'],
): Promise<ObtainedToken> {
  const { slug } = context
  const before = scopesOf(demand, slug, wider)
  const all = [...new Set([...before, ...wanted])]
  const isNew = all.length > before.length
  if (isNew && !wider.allow(slug, demand.rule, all)) throw tooFewScopes(wanted, 'asking for that did not help before')
  if (isNew) wider.keep(slug, demand.rule, all)
  try {
    return await obtain(demand, context)
  } catch (error) {
    if (isNew) wider.drop(slug, demand.rule)
    if (!(error instanceof GatewayError) || error.code !== 'token_endpoint_failed') throw error
    throw tooFewScopes(wanted, error.message)
  }
}

/** What it takes to get a token. */
interface Wanted {
  /** Under which it is kept; undefined where it is good for one request. */
  readonly key: string | undefined
  fetch(): Promise<FreshToken>
}

function prepare(demand: TokenDemand, context: TokenContext, parts: Parts): Promise<Wanted> {
  return demand.grant === 'token_broker' ? prepareBroker(demand, context, parts) : prepareClient(demand, context, parts)
}

type ClientDemand = Exclude<TokenDemand, { grant: 'token_broker' }>

async function prepareClient(demand: ClientDemand, context: TokenContext, parts: Parts): Promise<Wanted> {
  const destination = new URL(demand.client.token_url ?? context.serverUrl).origin
  const client = await openClient(demand.client, (secret) => context.open(secret, destination))
  const isKept = demand.grant === 'token_exchange' || demand.client.cache === true
  const forWhom = demand.grant === 'token_exchange' ? authorityOf(context) : []
  const scopes = parts.wider.of(context.slug, demand.rule)
  const key = JSON.stringify([context.slug, demand.rule, client.generation, scopes, ...forWhom])
  return { key: isKept ? key : undefined, fetch: () => fetchForClient(demand, client, context, parts) }
}

const reachingClaims = ['aud', 'azp', 'client_id', 'scope', 'scp', 'roles', 'groups', 'act']

/**
 * Whom an exchanged token stands for: the caller, and how far the token reaches that it was exchanged for, so that one of
 * less reach does not get what one of more reach was given.
 */
function authorityOf({ caller, subjectToken }: TokenContext): readonly string[] {
  const claims = subjectToken === undefined ? {} : (claimsOf(subjectToken) ?? {})
  const reach = JSON.stringify(reachingClaims.map((name) => claims[name] ?? null))
  return [subjectKey(caller), createHash('sha256').update(reach).digest('base64url')]
}

async function fetchForClient(
  demand: ClientDemand,
  client: OpenedClient,
  context: TokenContext,
  parts: Parts,
): Promise<FreshToken> {
  const { client: config, grant } = demand
  const { subjectToken } = context
  const endpoint = await parts.endpoints.find(config, { ...context, cause: context })
  const resource = resourceFor(config, context.serverUrl, endpoint.resource)
  const subject =
    demand.grant === 'token_exchange' && subjectToken !== undefined
      ? { token: subjectToken, type: demand.client.subject_token_type ?? accessTokenType }
      : undefined
  const scopes = scopesOf(demand, context.slug, parts.wider)
  const request = { ...endpoint, client, resource, audience: config.audience, scopes, subject }
  const issued = await requestToken(request, causedBy(parts.http, context))
  const { origin } = new URL(endpoint.tokenEndpoint)
  const issuance = issuanceOf(
    issued,
    {
      grantType: grant,
      issuer: endpoint.isNamed ? endpoint.issuer : (textOf(issued.claims?.iss) ?? origin),
      clientId: client.clientId,
      subject: grant === 'client_credentials' ? client.clientId : context.caller.subject,
      audience: resource ?? config.audience ?? context.serverUrl,
      ...(resource === undefined ? {} : { resource }),
      ...requestOf(context),
    },
    parts.nowMs(),
  )
  parts.log.note(issuance)
  const lifetimeMs = lifetimeOf(issued, parts.nowMs()) ?? unsaidLifetimeMs
  return { value: issued.value, issuanceId: issuance.id, lifetimeMs }
}

function requestOf({ slug, caller, requestId, traceId }: TokenContext) {
  return { server: slug, caller, requestId, traceId }
}

async function prepareBroker({ rule, grant }: TokenDemand, context: TokenContext, parts: Parts): Promise<Wanted> {
  const { broker: settings = {}, slug, caller } = context
  const adminUrl = settings.admin_url ?? parts.adminUrl
  if (adminUrl === undefined)
    throw tokenFailure(
      'No token broker is configured.',
      'Set token_broker.admin_url in the profile, or HIGHFLAME_ADMIN_URL.',
    )
  const destination = settings.admin_url === undefined ? 'token-broker' : new URL(adminUrl).origin
  const credential =
    settings.credential === undefined ? undefined : await context.open(settings.credential.secret, destination)
  const key = JSON.stringify([slug, rule, subjectKey(caller), adminUrl, settings, credential?.generation])
  const fetch = async (): Promise<FreshToken> => {
    const request = { adminUrl, settings, credential: credential?.value, slug, caller }
    const issued = await askBroker(request, causedBy(parts.http, context), parts.keys)
    const issuance = issuanceOf(
      issued,
      {
        grantType: grant,
        issuer: textOf(issued.claims?.iss) ?? new URL(adminUrl).origin,
        clientId: settings.account ?? 'gatehouse',
        subject: caller.subject,
        audience: context.serverUrl,
        ...requestOf(context),
      },
      parts.nowMs(),
    )
    parts.log.note(issuance)
    const lifetimeMs = Math.min(lifetimeOf(issued, parts.nowMs()) ?? brokerLifetimeMs, brokerLifetimeMs)
    return { value: issued.value, issuanceId: issuance.id, lifetimeMs }
  }
  return { key, fetch }
}
