/**
 * Finds out who is calling. First match wins: API key header, service key as Bearer, JWT, legacy token. Where the
 * server asks for no check, a caller without a gateway credential is told apart from others by what it sent.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentAuth, AppAuth } from '../contract/profile.js'
import type { CallerGrant, MintedTokens } from '../contract/minted-token.js'
import type { GatewayKey } from '../vault/vault.js'
import { keyHash } from './key-hash.js'
import { looksLikeJwt, type TokenVerifier } from './token-verifier.js'
import type { VerifiedToken } from './verify-jwt.js'

export interface CallerQuestion {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly agentAuth: AgentAuth
  readonly appAuth: AppAuth
  /** Name of the agent on whose own path the request came; only that agent's keys are good there. */
  readonly agent: string | undefined
  /** What a token may be meant for, where its issuer's configuration does not say. */
  readonly audiences: readonly string[]
  /** `http://host:port` as the agent addressed the gateway. */
  readonly baseUrl: string
  /** Empty for all servers as one. */
  readonly slug: string
}

export interface CallerKnowledge {
  readonly keysByHash: ReadonlyMap<string, GatewayKey>
  readonly legacyBearer: boolean
  readonly tokens: TokenVerifier
  readonly minted: MintedTokens
  readonly nowMs: () => number
}

export interface Recognised {
  readonly caller: Caller
  readonly key?: GatewayKey
  /** The JWT that proved who is calling; of one who signed in at an identity provider, that provider’s token. */
  readonly token?: string
  /** What a person allowed the agent whose token was made here. */
  readonly grant?: CallerGrant
  readonly claims: Readonly<Record<string, unknown>>
  /** Whether `authorization` is the gateway's: it identified the caller, or names a configured issuer. */
  readonly authorizationIsOurs: boolean
}

const anonymousSalt = randomBytes(32)

/**
 * @throws GatewayError `unauthenticated` where nothing valid came and something is needed
 */
export async function recogniseCaller(question: CallerQuestion, knowledge: CallerKnowledge): Promise<Recognised> {
  const { headers, agentAuth, appAuth } = question
  const bearer = bearerValue(headers['authorization'])
  const apiKey = headers['x-gatehouse-apikey'] ?? headers['x-highflame-apikey']
  const bearerIsKey = bearer !== undefined && isGatewayKey(bearer)
  const foreignBearer = bearer !== undefined && !bearerIsKey ? bearer : undefined
  const isMinted = foreignBearer !== undefined && (await knowledge.minted.isOurs(foreignBearer))
  const configuredIssuer =
    isMinted || (foreignBearer !== undefined && knowledge.tokens.claimsConfiguredIssuer(foreignBearer))

  if (apiKey !== undefined) return byKey(apiKey, 'api_key', question, knowledge, bearerIsKey || configuredIssuer)
  if (bearerIsKey) return byKey(bearer, 'service_key', question, knowledge, true)
  if (question.agent !== undefined) throw unauthenticated('this path takes the agent’s own key, and none came')
  if (isMinted) return byMinted(foreignBearer, question, knowledge)
  if (agentAuth.type === 'passthrough') return unchecked(question, knowledge, foreignBearer, configuredIssuer)
  // The caller's Authorization belongs to the server, unless an issuer of ours made it.
  if (foreignBearer !== undefined && (appAuth.type !== 'passthrough' || configuredIssuer))
    return byBearer(foreignBearer, question, knowledge)
  throw unauthenticated(undefined)
}

function bearerValue(authorization: string | undefined): string | undefined {
  const match = authorization === undefined ? null : /^Bearer +(\S+) *$/i.exec(authorization)
  return match?.[1]
}

function isGatewayKey(value: string): boolean {
  return value.startsWith('gh_sk_') || value.startsWith('hf_sk_')
}

function unauthenticated(reason: string | undefined): GatewayError {
  return new GatewayError('unauthenticated', {
    ...(reason === undefined ? {} : { detail: `The credential is not valid: ${reason}.` }),
    fix: 'Send the agent’s gateway key as "X-Gatehouse-APIKey" or "Authorization: Bearer"; `gatehouse keys add NAME` makes one.',
  })
}

function byKey(
  value: string,
  method: 'api_key' | 'service_key' | 'legacy',
  question: CallerQuestion,
  knowledge: CallerKnowledge,
  authorizationIsOurs: boolean,
): Recognised {
  const key = knowledge.keysByHash.get(keyHash(value))
  if (key === undefined || (key.kind === 'legacy') !== (method === 'legacy'))
    throw unauthenticated('this key is not known')
  if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= knowledge.nowMs())
    throw unauthenticated('this key has expired')
  if (question.agent !== undefined && key.agent !== question.agent)
    throw unauthenticated('this key belongs to another agent')
  const caller: Caller = { id: key.id, subject: key.subject, email: key.email, method }
  return { caller, key, claims: keyClaims(key), authorizationIsOurs }
}

function keyClaims(key: GatewayKey): Readonly<Record<string, unknown>> {
  return key.email === undefined ? { sub: key.subject } : { sub: key.subject, email: key.email }
}

async function byBearer(bearer: string, question: CallerQuestion, knowledge: CallerKnowledge): Promise<Recognised> {
  if (knowledge.tokens.claimsConfiguredIssuer(bearer)) {
    const verified = await knowledge.tokens.verify(bearer, question.audiences).catch((error: unknown) => {
      throw unauthenticated(reasonOf(error))
    })
    return byToken(bearer, verified)
  }
  if (knowledge.legacyBearer && !looksLikeJwt(bearer)) return byKey(bearer, 'legacy', question, knowledge, true)
  if (knowledge.legacyBearer && knowledge.keysByHash.has(keyHash(bearer)))
    return byKey(bearer, 'legacy', question, knowledge, true)
  throw unauthenticated(looksLikeJwt(bearer) ? 'no configured issuer made this token' : 'this key is not known')
}

function byToken(token: string, { claims, issuer }: VerifiedToken): Recognised {
  const email = claims['email']
  const caller: Caller = {
    id: `${issuer}#${claims.sub}`,
    subject: claims.sub,
    issuer,
    email: typeof email === 'string' ? email : undefined,
    method: 'jwt',
  }
  return { caller, token, claims, authorizationIsOurs: true }
}

async function byMinted(bearer: string, question: CallerQuestion, knowledge: CallerKnowledge): Promise<Recognised> {
  const { caller, claims, providerToken, grant } = await knowledge.minted
    .identify(bearer, question.baseUrl, question.slug)
    .catch((error: unknown) => {
      if (error instanceof GatewayError) throw error
      throw unauthenticated(reasonOf(error))
    })
  return {
    caller,
    claims,
    grant,
    ...(providerToken === undefined ? {} : { token: providerToken }),
    authorizationIsOurs: true,
  }
}

/** Agent auth `passthrough`: a token is required only where the server says which. */
async function unchecked(
  { headers, agentAuth, appAuth }: CallerQuestion,
  knowledge: CallerKnowledge,
  bearer: string | undefined,
  configuredIssuer: boolean,
): Promise<Recognised> {
  if (agentAuth.type === 'passthrough' && agentAuth.jwt !== undefined) {
    if (bearer === undefined) throw unauthenticated('this server requires a JWT as Bearer')
    const verified = await knowledge.tokens.verifyForServer(bearer, agentAuth.jwt).catch((error: unknown) => {
      throw unauthenticated(reasonOf(error))
    })
    const recognised = byToken(bearer, verified)
    return appAuth.type === 'passthrough' ? { ...recognised, authorizationIsOurs: configuredIssuer } : recognised
  }
  const authorization = headers['authorization']
  const id = authorization === undefined ? 'none' : `none:${saltedHash(authorization)}`
  return { caller: { id, subject: 'anonymous', method: 'none' }, claims: {}, authorizationIsOurs: configuredIssuer }
}

/** Tells callers apart by a credential that is not ours to know; useless outside of this process. */
function saltedHash(value: string): string {
  return createHmac('sha256', anonymousSalt).update(value).digest('hex').slice(0, 24)
}

/** jose's messages name the claim or the key that failed and never quote the token. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it could not be verified'
}
