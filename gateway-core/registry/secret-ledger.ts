/** Which secrets there are, and where each may be sent. */
import type { SecretUse } from '../contract/resolved-server.js'
import type { SecretSummary } from '../vault/vault.js'

export interface SecretLedger {
  /** Where the secret may be sent; undefined where there is none of this name. */
  destinationsOf(name: string): ReadonlySet<string> | undefined
}

/** A name's destinations are those of all its values; the vault keeps them equal. */
export function secretLedger(secrets: readonly SecretSummary[]): SecretLedger {
  const byName = new Map<string, Set<string>>()
  for (const { name, destinations } of secrets)
    byName.set(name, new Set([...(byName.get(name) ?? []), ...destinations]))
  return { destinationsOf: (name) => byName.get(name) }
}

/** The uses of secrets that exist and are not approved for where they would go. */
export function unapprovedUses(uses: readonly SecretUse[], ledger: SecretLedger): readonly SecretUse[] {
  return uses.filter(({ secret, destination }) => ledger.destinationsOf(secret)?.has(destination) === false)
}

/** Destinations to add, by name. */
export interface SecretBinding {
  readonly name: string
  readonly destinations: readonly string[]
}

/** What to bind so that every use of an existing secret is approved: the effect of a person's own act. */
export function bindingsFor(uses: readonly SecretUse[], ledger: SecretLedger): readonly SecretBinding[] {
  return grouped(unapprovedUses(uses, ledger))
}

/** The destinations of uses, by secret. */
export function grouped(uses: readonly SecretUse[]): readonly SecretBinding[] {
  const byName = new Map<string, Set<string>>()
  for (const { secret, destination } of uses) byName.set(secret, (byName.get(secret) ?? new Set()).add(destination))
  return [...byName].map(([name, destinations]) => ({ name, destinations: [...destinations] }))
}

/** The ledger as it will be once these bindings are written. */
export function withBindings(ledger: SecretLedger, bindings: readonly SecretBinding[]): SecretLedger {
  const added = new Map(bindings.map(({ name, destinations }) => [name, destinations]))
  return {
    destinationsOf: (name) => {
      const known = ledger.destinationsOf(name)
      const more = added.get(name)
      return more === undefined ? known : new Set([...(known ?? []), ...more])
    },
  }
}
