/**
 * The closed set of error codes that Gatehouse answers with, and the error class that carries them.
 *
 * One row per code. `docs/errors.md` lists the same rows, and a test holds the two equal. A code is never given a
 * second meaning and never reused after it is retired.
 */

import type { Diagnosis } from './diagnosis.js'

interface ErrorRow {
  /** HTTP status of the answer, on the data port and on the control port. */
  readonly httpStatus: number
  /** JSON-RPC error code on the data port. -32010 is Shield's denial; the -320xx block is implementation-defined. */
  readonly jsonRpcCode: number
  /** One sentence that says what happened. Never holds request data. */
  readonly title: string
}

const table = {
  // Who may call
  origin_refused: { httpStatus: 403, jsonRpcCode: -32011, title: 'The Host or Origin of this request is not allowed.' },
  unauthenticated: { httpStatus: 401, jsonRpcCode: -32001, title: 'No valid credential came with this request.' },
  insufficient_scope: { httpStatus: 403, jsonRpcCode: -32003, title: 'The credential does not reach this far.' },

  // What was asked
  payload_unscannable: { httpStatus: 400, jsonRpcCode: -32700, title: 'The body cannot be judged.' },
  header_mismatch: { httpStatus: 400, jsonRpcCode: -32020, title: 'A header says something else than the body.' },
  payload_too_large: { httpStatus: 413, jsonRpcCode: -32700, title: 'The body is larger than 16 MiB.' },
  unsupported_media_type: {
    httpStatus: 415,
    jsonRpcCode: -32700,
    title: 'The body has a media type or encoding that is not accepted.',
  },
  method_not_allowed: { httpStatus: 405, jsonRpcCode: -32600, title: 'This HTTP method is not part of MCP here.' },
  unknown_server: { httpStatus: 404, jsonRpcCode: -32004, title: 'No server has this name.' },
  unknown_session: { httpStatus: 404, jsonRpcCode: -32005, title: 'No session of this caller has this id.' },
  unknown_tool: { httpStatus: 200, jsonRpcCode: -32602, title: 'The server has no tool of this name.' },
  not_found: { httpStatus: 404, jsonRpcCode: -32004, title: 'There is nothing at this address.' },
  not_supported: { httpStatus: 501, jsonRpcCode: -32006, title: 'This version does not do that.' },

  // Shield
  shield_denied: { httpStatus: 403, jsonRpcCode: -32010, title: 'Shield denied this request.' },
  approval_denied: {
    httpStatus: 403,
    jsonRpcCode: -32025,
    title: 'This call needs an approval that it does not have.',
  },

  // Whether the gateway lets anybody in
  gateway_paused: { httpStatus: 503, jsonRpcCode: -32012, title: 'The gateway is paused.' },

  // The vault and its secrets
  vault_locked: { httpStatus: 503, jsonRpcCode: -32012, title: 'The vault is locked.' },
  vault_wrong_passphrase: { httpStatus: 403, jsonRpcCode: -32012, title: 'The passphrase does not open this vault.' },
  vault_wrong_key: { httpStatus: 403, jsonRpcCode: -32012, title: 'The key does not open this vault.' },
  vault_tampered: {
    httpStatus: 500,
    jsonRpcCode: -32012,
    title: 'The vault was changed by something other than Gatehouse.',
  },
  vault_newer: {
    httpStatus: 500,
    jsonRpcCode: -32012,
    title: 'The vault was written by a newer version of Gatehouse.',
  },
  vault_unreadable: { httpStatus: 500, jsonRpcCode: -32012, title: 'The vault cannot be read.' },
  secret_missing: { httpStatus: 502, jsonRpcCode: -32013, title: 'A secret that this call needs is not in the vault.' },
  secret_unusable: {
    httpStatus: 502,
    jsonRpcCode: -32013,
    title: 'A secret that this call needs cannot be sent as a header.',
  },

  // Credentials on the outbound hop
  no_caller_token: { httpStatus: 502, jsonRpcCode: -32014, title: 'The caller has no token that could be passed on.' },
  caller_claim_missing: {
    httpStatus: 403,
    jsonRpcCode: -32015,
    title: 'The caller lacks a claim that this server requires.',
  },
  token_endpoint_failed: {
    httpStatus: 502,
    jsonRpcCode: -32007,
    title: 'No token could be obtained for the server.',
  },
  account_needed: { httpStatus: 200, jsonRpcCode: -32008, title: 'The caller has no account at this server yet.' },
  credential_rejected: {
    httpStatus: 502,
    jsonRpcCode: -32016,
    title: 'The server refused the credential that Gatehouse presented.',
  },
  header_conflict: { httpStatus: 422, jsonRpcCode: -32017, title: 'Two rules claim one header.' },

  // The server
  server_disabled: { httpStatus: 503, jsonRpcCode: -32018, title: 'The server is disabled.' },
  server_unreachable: { httpStatus: 502, jsonRpcCode: -32019, title: 'The server cannot be reached.' },
  server_timeout: { httpStatus: 504, jsonRpcCode: -32023, title: 'The server did not answer in time.' },
  redirect_refused: {
    httpStatus: 502,
    jsonRpcCode: -32024,
    title: 'The server answered with a redirect, which is never followed.',
  },

  // Configuration
  profile_invalid: { httpStatus: 422, jsonRpcCode: -32602, title: 'The profile is not valid.' },
  invalid_input: { httpStatus: 422, jsonRpcCode: -32602, title: 'The input is not valid.' },
  conflict: { httpStatus: 409, jsonRpcCode: -32602, title: 'This contradicts what is already there.' },

  // Ours
  internal: { httpStatus: 500, jsonRpcCode: -32603, title: 'Gatehouse failed.' },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof table

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table

export const errorCodes = Object.keys(table) as readonly ErrorCode[]

/** One invalid field of an input: where it is and what was expected there. */
export interface FieldError {
  /** Dotted path from the root of the input, e.g. `mcpServers.github.app_auth.token`. Empty for the input as a whole. */
  readonly path: string
  readonly message: string
  /** 1-based line in the file, where the input was a file. */
  readonly line?: number
}

/** The part of a verdict that whoever was refused is told. */
export interface DenyingVerdict {
  readonly decision: 'allow' | 'deny' | 'error'
  readonly reason?: string | undefined
  readonly policies: readonly string[]
}

export interface ErrorDetails {
  /** What happened this time. Never a secret, a token, or a URL with its query. */
  readonly detail?: string
  /** What the reader can do about it, as one imperative sentence. */
  readonly fix?: string
  readonly errors?: readonly FieldError[]
  /** A link that a person opens to connect an account; it works once. */
  readonly connectUrl?: string
  readonly diagnosis?: Diagnosis
  /** What Shield said, where it refused the call. */
  readonly verdict?: DenyingVerdict
  readonly cause?: unknown
}

/** The one error class of the gateway. Anything else that is thrown is answered as `internal`. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly fix: string | undefined
  readonly errors: readonly FieldError[] | undefined
  readonly connectUrl: string | undefined
  readonly diagnosis: Diagnosis | undefined
  readonly verdict: DenyingVerdict | undefined

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ?? errorTable[code].title, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.code = code
    this.detail = details.detail
    this.fix = details.fix
    this.errors = details.errors
    this.connectUrl = details.connectUrl
    this.diagnosis = details.diagnosis
    this.verdict = details.verdict
  }
}
