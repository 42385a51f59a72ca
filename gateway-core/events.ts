/** What happens in the gateway, for everyone who watches it live. */
import type { ExchangeSummary } from './contract/exchange.js'
import type { VaultState } from './vault/vault.js'
import type { ServerState } from './servers/server-states.js'

/** An account was connected, refreshed or removed, or somebody has to sign in again. */
export interface AccountEvent {
  readonly id: string
  readonly server: string
  readonly subject: string
  readonly status: 'connected' | 'sign_in_needed' | 'removed'
}

/** Something waits for a person, or does no longer. */
export interface ApprovalEvent {
  readonly id: string
  readonly kind: 'call' | 'tool'
  readonly server: string
  readonly tool?: string
  readonly status: 'pending' | 'allowed' | 'denied'
}

/** A person let an agent in, or took that back. */
export interface GrantEvent {
  readonly id: string
  readonly clientName: string
  readonly subject: string
  readonly status: 'approved' | 'removed'
}

export type GatewayEvent =
  | {
      readonly event: 'exchange'
      readonly data: ExchangeSummary
      /** All of it as text, where somebody wants that. */
      readonly text?: () => string
    }
  | { readonly event: 'server'; readonly data: { readonly slug: string; readonly state: ServerState } }
  | { readonly event: 'account'; readonly data: AccountEvent }
  | { readonly event: 'approval'; readonly data: ApprovalEvent }
  | { readonly event: 'grant'; readonly data: GrantEvent }
  | { readonly event: 'status'; readonly data: { readonly vault: VaultState; readonly paused: boolean } }

export interface GatewayEvents {
  /** Whether anybody would see an event. */
  readonly isWatched: boolean
  /** Whether somebody needs the text of exchanges, bodies included. */
  readonly wantsText: boolean
  /** Says that somebody does. Returns the function that ends it. */
  wantText(): () => void
  emit(event: GatewayEvent): void
  /** Returns the function that ends it. */
  subscribe(listener: (event: GatewayEvent) => void): () => void
}

export function createEvents(): GatewayEvents {
  const listeners = new Set<(event: GatewayEvent) => void>()
  let textWanted = 0
  return {
    get wantsText() {
      return textWanted > 0
    },
    wantText: () => {
      textWanted++
      return () => void textWanted--
    },
    get isWatched() {
      return listeners.size > 0
    },
    emit: (event) => {
      for (const listener of listeners) listener(event)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
