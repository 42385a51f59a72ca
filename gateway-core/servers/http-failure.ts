/** How a failed HTTP request to a server is called and told. No reason names a URL, a header or a secret. */
import { errors } from 'undici'
import { GatewayError } from '../contract/errors.js'

/** What the HTTP client threw, as the gateway's own error. A `GatewayError` stays what it is. */
export function requestFailure(error: Error): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof errors.HeadersTimeoutError)
    return new GatewayError('server_timeout', {
      detail: 'The server did not begin to answer within its time limit.',
      fix: 'Try again, or raise timeout_ms of the server.',
      cause: error,
    })
  if (error instanceof errors.BodyTimeoutError)
    return new GatewayError('server_timeout', {
      detail: 'The server fell silent within its answer for longer than its time limit.',
      fix: 'Try again, or raise timeout_ms of the server.',
      cause: error,
    })
  return new GatewayError('server_unreachable', {
    detail: `The server could not be reached: ${reasonOf(error)}.`,
    fix: 'Check that the server is running and that its URL is right.',
    cause: error,
  })
}

/** Whether a server sends whoever asks elsewhere (RFC 9110 §15.4). A 304, or a 3xx that names no place, does not. */
export function isRedirect(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return status >= 300 && status < 400 && status !== 304 && headers['location'] !== undefined
}

export function redirectRefused(status: number): GatewayError {
  return new GatewayError('redirect_refused', {
    detail: `The server answered ${status}, and redirects are never followed.`,
    fix: 'Register the server with the address that it redirects to.',
  })
}

export function credentialRejected(slug: string): GatewayError {
  return new GatewayError('credential_rejected', {
    detail: 'The server answered 401 to the credential that Gatehouse presented.',
    fix: `Check the secrets of the server: gatehouse explain ${slug}`,
  })
}

/** The server answered, but with nothing that MCP over HTTP knows. */
export function notMcp(whatItDid: string): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: `The server ${whatItDid}.`,
    fix: 'Check that the URL of the server is that of its MCP endpoint, and that its transport is right.',
  })
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept a connection in time',
  UND_ERR_SOCKET: 'it closed the connection before its answer was whole',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by an authority that is trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by an authority that is trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by an authority that is trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
}

function reasonOf(error: Error): string {
  const candidates = error instanceof AggregateError ? [error, ...error.errors] : [error]
  for (const candidate of candidates) {
    const code: unknown = candidate instanceof Error && 'code' in candidate ? candidate.code : undefined
    if (typeof code === 'string') return reasons[code] ?? code
  }
  return 'the connection failed'
}
