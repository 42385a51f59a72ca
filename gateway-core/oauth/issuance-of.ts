/** What is noted of a token: its own claims where it is a JWT, else what is known of the request for it. */
import type { JWTPayload } from 'jose'
import type { Issuance } from '../contract/issuance.js'
import { randomHex } from '../random-hex.js'
import type { IssuedToken } from './request-token.js'

type IssuanceFacts = Pick<
  Issuance,
  | 'grantType'
  | 'issuer'
  | 'clientId'
  | 'subject'
  | 'audience'
  | 'resource'
  | 'server'
  | 'caller'
  | 'requestId'
  | 'traceId'
>

export function issuanceOf(issued: IssuedToken, facts: IssuanceFacts, nowMs: number): Issuance {
  const { claims, scopes } = issued
  const expiresAt = timeOf(nowMs + (lifetimeOf(issued, nowMs) ?? Number.NaN))
  return {
    id: `iss_${randomHex(12)}`,
    issuedAt: new Date(nowMs).toISOString(),
    ...facts,
    subject: textOf(claims?.sub) ?? facts.subject,
    audience: audienceOf(claims) ?? facts.audience,
    scopes,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
/** Milliseconds; undefined where nobody said. What was said in seconds counts before a time on another's clock. */
export function lifetimeOf({ expiresInS, claims }: IssuedToken, nowMs: number): number | undefined {
  if (expiresInS !== undefined) return expiresInS * 1000
  return typeof claims?.exp === 'number' ? claims.exp * 1000 - nowMs : undefined
}

function timeOf(epochMs: number): string | undefined {
  const time = new Date(epochMs)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

function audienceOf(claims: JWTPayload | undefined): string | readonly string[] | undefined {
  const { aud } = claims ?? {}
  if (!Array.isArray(aud)) return textOf(aud)
  const texts = aud.filter((each) => typeof each === 'string')
  return texts.length === 1 ? texts[0] : texts.length === 0 ? undefined : texts
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
