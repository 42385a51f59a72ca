/**
 * What is told of a request to an authorization server or a token broker, for the record: never a secret, a code, a
 * token or a verifier, of which the vault knows nothing yet and by which nothing could be masked later.
 */
import type { Caller } from '../contract/caller.js'
import { isSensitiveName, masked } from '../contract/mask-value.js'

/** The request of an agent, for which this one was necessary. */
export interface Cause {
  /** Undefined where a person began it. */
  readonly requestId?: string
  readonly traceId?: string
  /** The server for which it is made. */
  readonly slug: string
  readonly caller?: Caller
}

export const purposes = ['discovery', 'registration', 'token', 'refresh', 'exchange', 'revocation', 'broker'] as const
export type Purpose = (typeof purposes)[number]

/** Masked throughout. */
export interface ObservedRequest {
  readonly purpose: Purpose
  readonly cause: Cause | undefined
  readonly method: 'GET' | 'POST'
  /** Without query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly answerBody: string
  /** Epoch milliseconds. */
  readonly startedAtMs: number
  readonly durationMs: number
}

export type ObserveRequest = (request: ObservedRequest) => void

interface Sent {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export function purposeOf(url: URL, { method, body = '' }: Sent): Purpose {
  if (method === 'GET') return url.pathname.includes('/downstream-tokens/') ? 'broker' : 'discovery'
  if (body.startsWith('{')) return 'registration'
  const form = new URLSearchParams(body)
  const grant = form.get('grant_type')
  if (grant === null) return 'revocation'
  if (grant === 'refresh_token') return 'refresh'
  return grant.endsWith('token-exchange') ? 'exchange' : 'token'
}

/** Members of forms and answers whose values may be kept. Whatever else there is, is masked. */
const harmless = new Set([
  'grant_type',
  'client_id',
  'scope',
  'resource',
  'audience',
  'redirect_uri',
  'redirect_uris',
  'token_type',
  'token_type_hint',
  'expires_in',
  'expires_at',
  'issued_token_type',
  'subject_token_type',
  'requested_token_type',
  'actor_token_type',
  'client_assertion_type',
  'error',
  'code_challenge_method',
])

export function maskHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSensitiveName(name) ? maskScheme(value) : value]),
  )
}

/** Not even the last characters: an authorization code may have few. */
function maskScheme(value: string): string {
  const scheme = /^(?:Basic|Bearer|DPoP) /i.exec(value)?.[0] ?? ''
  return `${scheme}${masked}`
}

/** @param purpose of the request; a metadata document is public and stays as it is, but for what is secret by name */
export function maskText(text: string, purpose: Purpose): string {
  if (text === '') return ''
  const keepsAll = purpose === 'discovery'
  try {
    return JSON.stringify(maskMembers(JSON.parse(text), '', keepsAll))
  } catch {
    if (!text.includes('=') || /[\s<>{]/.test(text)) return masked
    const form = [...new URLSearchParams(text)].map(([name, value]) => [name, isKept(name, false) ? value : masked])
    return new URLSearchParams(form as [string, string][]).toString()
  }
}

function maskMembers(value: unknown, member: string, keepsAll: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => maskMembers(item, member, keepsAll))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskMembers(item, key, keepsAll)]))
  if (typeof value === 'boolean' || value === null) return value
  return isKept(member, keepsAll) ? value : masked
}

const secretMembers =
  /^(?:access_token|refresh_token|id_token|encrypted_token|client_secret|code|registration_access_token)$/

function isKept(member: string, keepsAll: boolean): boolean {
  return keepsAll ? !secretMembers.test(member) : harmless.has(member)
}
