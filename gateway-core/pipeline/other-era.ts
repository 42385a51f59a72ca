/**
 * Whether a server's refusal says that it speaks the other era of MCP. 401 and 403 are about credentials, and never are.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http § Backward Compatibility
 */
import { isRecord } from '../contract/json-rpc.js'
import type { Read } from './stages.js'

const methodNotFound = -32601
const invalidParams = -32602
/** Codes that only the stateless era has: header mismatch, missing capability, unsupported version. */
const modernCodes: ReadonlySet<unknown> = new Set([-32020, -32021, -32022])

/** Whether the body of a refusal has to be read to know. */
export function mayBeOtherEra({ era, httpMethod, message }: Read, status: number): boolean {
  if (status !== 400 && status !== 404 && status !== 405) return false
  if (httpMethod !== 'POST' || message?.kind !== 'request') return false
  return era === 'modern' || message.method === 'initialize'
}

export function isOtherEra({ era }: Read, status: number, body: string): boolean {
  const code = errorCodeOf(body)
  if (era === 'legacy') return modernCodes.has(code) || code === methodNotFound || code === invalidParams
  // A stateless server answers an unknown method with 404, and what it cannot take with codes of its own.
  if (modernCodes.has(code) || code === invalidParams) return false
  return status === 400 || code !== methodNotFound
}

function errorCodeOf(body: string): unknown {
  try {
    const message: unknown = JSON.parse(body)
    const error = isRecord(message) ? message['error'] : undefined
    return isRecord(error) ? error['code'] : undefined
  } catch {
    return undefined
  }
}
