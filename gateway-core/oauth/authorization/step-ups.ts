/** How often more scopes were asked for an account: a server that is never content must not ask for ever. */
const windowMs = 10 * 60_000
const maxInWindow = 2
const maxKept = 10_000

export class StepUps {
  private readonly askedMs = new Map<string, readonly number[]>()

  /** @param nowMs monotonic, milliseconds */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** @returns whether to ask once more, which is then counted */
  allow(accountId: string, scopes: readonly string[]): boolean {
    const key = `${accountId} ${scopes.toSorted().join(' ')}`
    const sinceMs = this.nowMs() - windowMs
    const lately = (this.askedMs.get(key) ?? []).filter((atMs) => atMs > sinceMs)
    if (lately.length >= maxInWindow) return false
    const [oldest] = this.askedMs.keys()
    if (this.askedMs.size >= maxKept && oldest !== undefined) this.askedMs.delete(oldest)
    this.askedMs.set(key, [...lately, this.nowMs()])
    return true
  }
}
