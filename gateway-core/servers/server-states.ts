/** What is known of each server: from the calls that were made to it, and of the local user's account there. In memory. */
import type { ErrorCode } from '../contract/errors.js'

export type ServerStatus = 'ready' | 'sign_in_needed' | 'unreachable' | 'disabled' | 'error'

export interface ServerState {
  readonly status: ServerStatus
  readonly reason?: string
  /** RFC 3339; when it entered this status. Missing while nothing has happened. */
  readonly since?: string
  /** RFC 3339; of the last answer that was not the gateway's own error. */
  readonly lastSuccessAt?: string
}

export interface ServerStates {
  of(slug: string): ServerState
  answered(slug: string): void
  failed(slug: string, code: ErrorCode, reason: string): void
  /** A person stopped it. Until `allowed`, what becomes of calls that are still open changes nothing. */
  stopped(slug: string, reason: string): void
  /**
   * What is known of the local user's account at a server that is called with one.
   *
   * @param reason why it cannot be used; undefined where it can
   */
  signInFound(slug: string, reason: string | undefined): void
  /** Somebody has connected an account. */
  signedIn(slug: string): void
  /** A person lets calls in again. */
  allowed(slug: string): void
  forget(slug: string): void
}

const statusByCode: Partial<Record<ErrorCode, ServerStatus>> = {
  server_unreachable: 'unreachable',
  server_timeout: 'unreachable',
  account_needed: 'sign_in_needed',
  credential_rejected: 'error',
  redirect_refused: 'error',
  secret_missing: 'error',
  token_endpoint_failed: 'error',
  secret_unusable: 'error',
}

interface Known {
  readonly status: ServerStatus
  readonly reason?: string
  readonly sinceMs: number
}

function describe(known: Known | undefined, successMs: number | undefined): ServerState {
  return {
    status: known?.status ?? 'ready',
    ...(known?.reason === undefined ? {} : { reason: known.reason }),
    ...(known === undefined ? {} : { since: new Date(known.sinceMs).toISOString() }),
    ...(successMs === undefined ? {} : { lastSuccessAt: new Date(successMs).toISOString() }),
  }
}

/** @param onChange called when the status or reason of a server changed */
export function createServerStates(
  onChange: (slug: string, state: ServerState) => void,
  nowMs: () => number,
): ServerStates {
  const states = new Map<string, Known>()
  const lastSuccessMs = new Map<string, number>()
  const signIns = new Map<string, { readonly reason: string | undefined }>()
  const of = (slug: string): ServerState => describe(states.get(slug), lastSuccessMs.get(slug))
  const change = (slug: string, status: ServerStatus, reason?: string): void => {
    const before = states.get(slug)
    if (before?.status === status && before.reason === reason) return
    const sinceMs = before?.status === status ? before.sinceMs : nowMs()
    states.set(slug, { status, ...(reason === undefined ? {} : { reason }), sinceMs })
    onChange(slug, of(slug))
  }
  const isStopped = (slug: string): boolean => states.get(slug)?.status === 'disabled'
  return {
    of,
    answered: (slug) => {
      lastSuccessMs.set(slug, nowMs())
      if (!isStopped(slug)) change(slug, 'ready')
    },
    failed: (slug, code, reason) => {
      const status = statusByCode[code]
      if (status === undefined || isStopped(slug)) return
      // Where the local user's account is good, it is another caller's that is wanted.
      const signIn = signIns.get(slug)
      if (status === 'sign_in_needed' && signIn !== undefined && signIn.reason === undefined) return
      change(slug, status, reason)
    },
    signInFound: (slug, reason) => {
      const before = signIns.get(slug)
      if (before !== undefined && before.reason === reason) return
      signIns.set(slug, { reason })
      if (isStopped(slug)) return
      if (reason !== undefined) change(slug, 'sign_in_needed', reason)
      else if (states.get(slug)?.status === 'sign_in_needed') change(slug, 'ready')
    },
    signedIn: (slug) => {
      if (states.get(slug)?.status === 'sign_in_needed') change(slug, 'ready')
    },
    stopped: (slug, reason) => change(slug, 'disabled', reason),
    allowed: (slug) => {
      if (!isStopped(slug)) return
      const reason = signIns.get(slug)?.reason
      if (reason === undefined) change(slug, 'ready')
      else change(slug, 'sign_in_needed', reason)
    },
    forget: (slug) => {
      states.delete(slug)
      lastSuccessMs.delete(slug)
      signIns.delete(slug)
    },
  }
}
