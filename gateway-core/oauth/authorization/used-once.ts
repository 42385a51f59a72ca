/**
 * Things that are found by a value of 256 random bits, once, for ten minutes: the state of a sign-in, a ticket. The value
 * itself is not kept, only its digest, so that looking it up says nothing about it by the time that it takes.
 */
import { createHash, randomBytes } from 'node:crypto'

export const usedOnceMs = 10 * 60_000
const maxKept = 20_000
const maxPerOwner = 50

interface Kept<T> {
  readonly owner: string
  readonly value: T
  readonly untilMs: number
}

export class UsedOnce<T> {
  // In the order in which they were kept, which is the one in which they end.
  private readonly kept = new Map<string, Kept<T>>()

  /** @param nowMs monotonic, milliseconds */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /**
   * @param owner who has so many at most: whoever asks for more loses their own oldest, and nobody else's
   * @returns 43 characters of base64url
   */
  keep(owner: string, value: T): string {
    this.dropEnded()
    const own = [...this.kept].filter(([, kept]) => kept.owner === owner)
    const [oldestOwn] = own
    if (own.length >= maxPerOwner && oldestOwn !== undefined) this.kept.delete(oldestOwn[0])
    const [oldest] = this.kept.keys()
    if (this.kept.size >= maxKept && oldest !== undefined) this.kept.delete(oldest)
    const key = randomBytes(32).toString('base64url')
    this.kept.set(digestOf(key), { owner, value, untilMs: this.nowMs() + usedOnceMs })
    return key
  }

  /** Without using it up. */
  peek(key: string): T | undefined {
    this.dropEnded()
    return this.kept.get(digestOf(key))?.value
  }

  take(key: string): T | undefined {
    const value = this.peek(key)
    this.kept.delete(digestOf(key))
    return value
  }

  /** @returns those that were dropped */
  drop(isMeant: (value: T) => boolean): readonly T[] {
    const dropped = [...this.kept].filter(([, { value }]) => isMeant(value))
    for (const [digest] of dropped) this.kept.delete(digest)
    return dropped.map(([, { value }]) => value)
  }

  clear(): void {
    this.kept.clear()
  }

  private dropEnded(): void {
    for (const [digest, { untilMs }] of this.kept) {
      if (untilMs > this.nowMs()) return
      this.kept.delete(digest)
    }
  }
}

/** What is kept in place of the value. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64')
}
