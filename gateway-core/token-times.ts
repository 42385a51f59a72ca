/** What is told of a JWT that is not of this time: its own time, and the one of this machine's clock. */
import { errors } from 'jose'

/** Of a token that is not of this time, says which time it names and which time it is: one of two clocks may be wrong. */
export function withBothTimes(error: unknown, nowMs: number): unknown {
  const isAboutTime = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
  if (!isAboutTime || error.reason !== 'check_failed') return error
  const at = error.payload[error.claim]
  if (!['exp', 'nbf', 'iat'].includes(error.claim) || typeof at !== 'number') return error
  return new Error(`${error.message}: ${timesApart(at, nowMs)}`)
}

/** @param seconds of a token's claim */
export function timesApart(seconds: number, nowMs: number): string {
  const said = Math.abs(seconds) < 8.64e12 ? new Date(seconds * 1000).toISOString() : String(seconds)
  return `it says ${said}, and by this machine’s clock it is ${new Date(nowMs).toISOString()}`
}
