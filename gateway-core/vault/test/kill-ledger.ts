/** What a vault must hold after the writes that were acknowledged, and may hold after the one that was not. */

export interface KillState {
  /** Digest of the value by name. */
  readonly secrets: Record<string, string>
  readonly keys: string[]
  /** `updatedAt` by slug. */
  readonly servers: Record<string, string>
}

export type KillOperation =
  | { readonly kind: 'put'; readonly name: string; readonly value: string; readonly digest: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'addKey'; readonly id: string }
  | { readonly kind: 'revokeKey'; readonly id: string }
  | {
      readonly kind: 'configure'
      readonly slug: string
      readonly updatedAt: string
      readonly name: string
      readonly value: string
      readonly digest: string
    }

export function applyOperation(state: KillState, operation: KillOperation): KillState {
  const { secrets, keys, servers } = state
  switch (operation.kind) {
    case 'put':
      return { ...state, secrets: { ...secrets, [operation.name]: operation.digest } }
    case 'remove':
      return {
        ...state,
        secrets: Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== operation.name)),
      }
    case 'addKey':
      return { ...state, keys: [...keys, operation.id] }
    case 'revokeKey':
      return { ...state, keys: keys.filter((id) => id !== operation.id) }
    case 'configure':
      return {
        ...state,
        servers: { ...servers, [operation.slug]: operation.updatedAt },
        secrets: { ...secrets, [operation.name]: operation.digest },
      }
  }
}

/** The same text for the same state, whatever the order of its parts. */
export function canonicalState({ secrets, keys, servers }: KillState): string {
  return JSON.stringify([Object.entries(secrets).sort(), [...keys].sort(), Object.entries(servers).sort()])
}
