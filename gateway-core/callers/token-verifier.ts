/**
 * Verifies JWTs that callers present. Asymmetric algorithms only, `exp` required, 30 seconds of leeway. A verified
 * token is remembered by its hash until it expires, so that a signature is checked once and not on every call.
 */
import { decodeJwt, jwtVerify, type JWTPayload } from 'jose'
import { asymmetricAlgorithms, type JwtIssuer, type ServerJwt } from '../contract/profile.js'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.js'
import { keyHash } from './key-hash.js'

const leewaySeconds = 30
const maxRemembered = 10_000
/** Keys can be withdrawn, so no token is believed for longer than the interval at which keys are fetched. */
const maxRememberedMs = 5 * 60_000
const maxTokenLength = 16 * 1024

export interface VerifiedToken {
  readonly claims: JWTPayload & { readonly sub: string }
  readonly issuer: string
}

export interface TokenVerifier {
  /** Whether a token says of itself that a configured issuer made it. Nothing about it has been verified. */
  claimsConfiguredIssuer(token: string): boolean
  /**
   * Verifies a token against the issuers that are configured for every server.
   *
   * @param audiences accepted where an issuer's configuration names none
   * @throws Error with the reason, which may be shown to the caller
   */
  verify(token: string, audiences: readonly string[]): Promise<VerifiedToken>
  /** Verifies a token against what one server asks for: its audience is checked where the server names one. */
  verifyForServer(token: string, jwt: ServerJwt): Promise<VerifiedToken>
  /** Takes over another set of issuers. Keys of issuers that did not change stay. */
  configure(issuers: readonly JwtIssuer[]): void
  close(): void
}

interface Remembered {
  readonly token: VerifiedToken
  readonly untilMs: number
}

/** Three parts of canonical base64url, as RFC 7515 §3.1 has it: anything else is not worth parsing. */
export function looksLikeJwt(token: string): boolean {
  return token.length <= maxTokenLength && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)
}

export function createTokenVerifier(clock: () => number = Date.now): TokenVerifier {
  let issuers = new Map<string, JwtIssuer>()
  const ids = new WeakMap<object, number>()
  let nextId = 0
  let remembered = new Map<string, Remembered>()
  const keysBySource = new Map<string, IssuerKeys>()

  const idOf = (config: object): number => {
    const known = ids.get(config) ?? nextId++
    ids.set(config, known)
    return known
  }

  const keysOf = (source: JwtIssuer | ServerJwt): IssuerKeys => {
    const id = JSON.stringify([source.issuer, source.jwks_url, source.jwks])
    const known = keysBySource.get(id)
    if (known !== undefined) return known
    const keys = createIssuerKeys(source)
    keysBySource.set(id, keys)
    return keys
  }

  const verifyWith = async (
    token: string,
    config: JwtIssuer | ServerJwt,
    audience: readonly string[] | undefined,
  ): Promise<VerifiedToken> => {
    const id = `${keyHash(token)} ${idOf(config)} ${audience?.join(' ') ?? ''}`
    const nowMs = clock()
    const before = remembered.get(id)
    if (before !== undefined && before.untilMs > nowMs) return before.token
    const { payload } = await jwtVerify(token, keysOf(config).getKey, {
      algorithms: [...(config.algorithms ?? asymmetricAlgorithms)],
      ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
      ...(audience === undefined ? {} : { audience: [...audience] }),
      clockTolerance: leewaySeconds,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'sub'],
    })
    const { sub, exp, iss } = payload
    if (typeof sub !== 'string' || sub === '' || exp === undefined) throw new Error('"sub" claim is empty')
    const verified = { claims: { ...payload, sub }, issuer: iss ?? '' }
    if (remembered.size >= maxRemembered) remembered = new Map()
    remembered.set(id, { token: verified, untilMs: Math.min(exp * 1000, nowMs + maxRememberedMs) })
    return verified
  }

  return {
    claimsConfiguredIssuer: (token) => {
      const issuer = issuerOf(token)
      return issuer !== undefined && issuers.has(issuer)
    },
    verify: async (token, audiences) => {
      const issuer = issuerOf(token)
      const config = issuer === undefined ? undefined : issuers.get(issuer)
      if (config === undefined) throw new Error('no configured issuer made this token')
      return verifyWith(token, config, config.audience === undefined ? audiences : [config.audience].flat())
    },
    verifyForServer: (token, jwt) =>
      verifyWith(token, jwt, jwt.audience === undefined ? undefined : [jwt.audience].flat()),
    configure: (next) => {
      issuers = new Map(next.map((config) => [config.issuer, config]))
      remembered = new Map()
      for (const config of next) keysOf(config)
    },
    close: () => {
      for (const keys of keysBySource.values()) keys.close()
      keysBySource.clear()
    },
  }
}

function issuerOf(token: string): string | undefined {
  if (!looksLikeJwt(token)) return undefined
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' ? iss : undefined
  } catch {
    return undefined
  }
}
