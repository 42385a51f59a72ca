/** Tokens that were verified a moment ago, by their hash and by what they had to fulfil. No token itself is kept. */
import { keyHash } from './key-hash.js'
import type { TokenDemands, VerifiedToken } from './verify-jwt.js'

const maxRemembered = 10_000
/** Keys can be withdrawn, so no token is believed for longer than the interval at which keys are fetched. */
const maxRememberedMs = 5 * 60_000

interface Remembered {
  readonly token: VerifiedToken
  readonly untilMs: number
}

export class RememberedTokens {
  private readonly byId = new Map<string, Remembered>()
  private readonly configIds = new WeakMap<object, number>()
  private nextConfigId = 0

  /** The id of a token under these demands. Configurations are told apart by identity, not by what they hold. */
  idOf(token: string, { config, audiences }: TokenDemands): string {
    const configId = this.configIds.get(config) ?? this.nextConfigId++
    this.configIds.set(config, configId)
    return `${keyHash(token)} ${configId} ${audiences?.join(' ') ?? ''}`
  }

  /** Undefined where it was not verified before, or is to be verified again. */
  find(id: string, nowMs: number): VerifiedToken | undefined {
    const known = this.byId.get(id)
    return known !== undefined && known.untilMs > nowMs ? known.token : undefined
  }

  /** Remembers a token until it expires, and for five minutes at the most. */
  remember(id: string, token: VerifiedToken, nowMs: number): void {
    if (this.byId.size >= maxRemembered) this.byId.clear()
    this.byId.set(id, { token, untilMs: Math.min(token.claims.exp * 1000, nowMs + maxRememberedMs) })
  }

  forgetAll(): void {
    this.byId.clear()
  }
}
