/** Verifies one JWT against the keys and the demands of one issuer. Asymmetric algorithms only, `exp` and `sub` required. */
import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { asymmetricAlgorithms, type JwtIssuer, type ServerJwt } from '../contract/profile.js'
import { withBothTimes } from '../token-times.js'

const leewaySeconds = 30

export interface VerifiedToken {
  readonly claims: JWTPayload & { readonly sub: string; readonly exp: number }
  readonly issuer: string
}

/** What a token has to fulfil. */
export interface TokenDemands {
  readonly config: JwtIssuer | ServerJwt
  /** One of which the token has to be meant for; undefined where its audience is not checked. */
  readonly audiences: readonly string[] | undefined
}

/** @throws Error with the reason, which may be shown to the caller */
export async function verifyJwt(
  token: string,
  { config, audiences }: TokenDemands,
  getKey: JWTVerifyGetKey,
  nowMs: number,
): Promise<VerifiedToken> {
  const { payload } = await jwtVerify(token, getKey, {
    algorithms: [...(config.algorithms ?? asymmetricAlgorithms)],
    ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
    ...(audiences === undefined ? {} : { audience: [...audiences] }),
    clockTolerance: leewaySeconds,
    currentDate: new Date(nowMs),
    requiredClaims: ['exp', 'sub'],
  }).catch((error: unknown) => {
    throw withBothTimes(error, nowMs)
  })
  const { sub, exp, iss } = payload
  if (typeof sub !== 'string' || sub === '' || exp === undefined) throw new Error('"sub" claim is empty')
  return { claims: { ...payload, sub, exp }, issuer: iss ?? '' }
}
