/** Tokens that are used until they expire: held in memory only, bounded, and asked for once however many wait for one. */

export interface ObtainedToken {
  readonly value: string
  readonly issuanceId: string
}

export interface FreshToken extends ObtainedToken {
  /** How long it may be used from when it was asked for, milliseconds; 0 or less where it is good for one request. */
  readonly lifetimeMs: number
}

interface Kept {
  readonly slug: string
  readonly token: ObtainedToken
  /** On both clocks: one stands still while the machine sleeps, the other is set by people. */
  readonly untilMs: number
  readonly untilWallMs: number
}

interface Fetching {
  readonly slug: string
  readonly token: Promise<ObtainedToken>
}

const maxKept = 10_000
const maxLifetimeMs = 24 * 3_600_000
const maxMarginMs = 30_000

export class TokenCache {
  private readonly kept = new Map<string, Kept>()
  private readonly fetching = new Map<string, Fetching>()

  constructor(private readonly wallMs: () => number) {}

  known(key: string): ObtainedToken | undefined {
    const kept = this.kept.get(key)
    if (kept === undefined) return undefined
    if (performance.now() < kept.untilMs && this.wallMs() < kept.untilWallMs) return kept.token
    this.kept.delete(key)
    return undefined
  }

  /** @throws what `fetch` throws, which is not remembered */
  obtain(slug: string, key: string, fetch: () => Promise<FreshToken>): Promise<ObtainedToken> {
    const known = this.known(key)
    if (known !== undefined) return Promise.resolve(known)
    const waiting = this.fetching.get(key)
    if (waiting !== undefined) return waiting.token
    const [startedMs, startedWallMs] = [performance.now(), this.wallMs()]
    const fetching: Fetching = {
      slug,
      token: fetch()
        .then(({ value, issuanceId, lifetimeMs }) => {
          const token = { value, issuanceId }
          const usableMs = Math.min(lifetimeMs, maxLifetimeMs) - Math.min(maxMarginMs, lifetimeMs / 10)
          // Forgotten meanwhile: the server was changed, or the vault locked.
          if (this.fetching.get(key) === fetching && usableMs > 0)
            this.keep(key, { slug, token, untilMs: startedMs + usableMs, untilWallMs: startedWallMs + usableMs })
          return token
        })
        .finally(() => {
          if (this.fetching.get(key) === fetching) this.fetching.delete(key)
        }),
    }
    this.fetching.set(key, fetching)
    return fetching.token
  }

  /** Drops a token that was refused, unless there is another one by now. */
  drop(key: string, value: string): void {
    if (this.kept.get(key)?.token.value === value) this.kept.delete(key)
  }

  forgetServer(slug: string): void {
    for (const tokens of [this.kept, this.fetching])
      for (const [key, entry] of tokens) if (entry.slug === slug) tokens.delete(key)
  }

  forgetAll(): void {
    this.kept.clear()
    this.fetching.clear()
  }

  private keep(key: string, kept: Kept): void {
    const [oldest] = this.kept.size >= maxKept ? this.kept.keys() : []
    if (oldest !== undefined) this.kept.delete(oldest)
    this.kept.set(key, kept)
  }
}
