/** What is known of each server from the calls that were made to it. Held in memory. */
import type { ErrorCode } from '../contract/errors.js'

export type ServerStatus = 'ready' | 'sign_in_needed' | 'unreachable' | 'disabled' | 'error'

export interface ServerState {
  readonly status: ServerStatus
  readonly reason?: string
  /** RFC 3339; of the last answer that was not the gateway's own error. */
  readonly lastSuccessAt?: string
}

export interface ServerStates {
  of(slug: string): ServerState
  answered(slug: string): void
  failed(slug: string, code: ErrorCode, reason: string): void
  forget(slug: string): void
}

const statusByCode: Partial<Record<ErrorCode, ServerStatus>> = {
  server_unreachable: 'unreachable',
  server_timeout: 'unreachable',
  credential_rejected: 'error',
  redirect_refused: 'error',
  secret_missing: 'error',
  secret_unusable: 'error',
}

/** @param onChange called when the status or reason of a server changed */
export function createServerStates(
  onChange: (slug: string, state: ServerState) => void,
  nowMs: () => number,
): ServerStates {
  const states = new Map<string, ServerState>()
  const lastSuccessMs = new Map<string, number>()
  const change = (slug: string, next: ServerState): void => {
    const before = states.get(slug)
    states.set(slug, next)
    if (before?.status !== next.status || before.reason !== next.reason) onChange(slug, next)
  }
  const of = (slug: string): ServerState => {
    const successMs = lastSuccessMs.get(slug)
    return {
      ...(states.get(slug) ?? { status: 'ready' }),
      ...(successMs === undefined ? {} : { lastSuccessAt: new Date(successMs).toISOString() }),
    }
  }
  return {
    of,
    answered: (slug) => {
      lastSuccessMs.set(slug, nowMs())
      if (states.get(slug)?.status !== 'ready') change(slug, { status: 'ready' })
    },
    failed: (slug, code, reason) => {
      const status = statusByCode[code]
      if (status !== undefined) change(slug, { status, reason })
    },
    forget: (slug) => {
      states.delete(slug)
      lastSuccessMs.delete(slug)
    },
  }
}
