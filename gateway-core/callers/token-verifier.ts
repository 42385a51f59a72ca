/**
 * Verifies JWTs that callers present, against the issuers that are configured and their keys. A verified token is
 * remembered for a while, so that a signature is checked once and not on every call.
 */
import { decodeJwt } from 'jose'
import type { JwtIssuer, ServerJwt } from '../contract/profile.js'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.js'
import { RememberedTokens } from './remembered-tokens.js'
import { verifyJwt, type TokenDemands, type VerifiedToken } from './verify-jwt.js'

const maxTokenLength = 16 * 1024

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

/** Three parts of canonical base64url, as RFC 7515 §3.1 has it: anything else is not worth parsing. */
export function looksLikeJwt(token: string): boolean {
  return token.length <= maxTokenLength && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)
}

export function createTokenVerifier(clock: () => number = Date.now): TokenVerifier {
  let issuers = new Map<string, JwtIssuer>()
  const remembered = new RememberedTokens()
  const keysBySource = new Map<string, IssuerKeys>()

  const keysOf = (source: JwtIssuer | ServerJwt): IssuerKeys => {
    const id = JSON.stringify([source.issuer, source.jwks_url, source.jwks])
    const known = keysBySource.get(id)
    if (known !== undefined) return known
    const keys = createIssuerKeys(source)
    keysBySource.set(id, keys)
    return keys
  }

  const verifyOnce = async (token: string, demands: TokenDemands): Promise<VerifiedToken> => {
    const id = remembered.idOf(token, demands)
    const nowMs = clock()
    const known = remembered.find(id, nowMs)
    if (known !== undefined) return known
    const verified = await verifyJwt(token, demands, keysOf(demands.config).getKey, nowMs)
    remembered.remember(id, verified, nowMs)
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
      return verifyOnce(token, { config, audiences: listOf(config.audience) ?? audiences })
    },
    verifyForServer: (token, jwt) => verifyOnce(token, { config: jwt, audiences: listOf(jwt.audience) }),
    configure: (next) => {
      issuers = new Map(next.map((config) => [config.issuer, config]))
      remembered.forgetAll()
      for (const config of next) keysOf(config)
    },
    close: () => {
      for (const keys of keysBySource.values()) keys.close()
      keysBySource.clear()
    },
  }
}

function listOf(audience: string | readonly string[] | undefined): readonly string[] | undefined {
  return audience === undefined ? undefined : [audience].flat()
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
