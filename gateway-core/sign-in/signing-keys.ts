/**
 * The keys that access tokens are signed with, and the key of the browser's cookies. Made when they are first asked for. A
 * key that was replaced is still good for verifying until the last token that it signed has ended.
 */
import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SecretStore } from '../vault/vault.js'

/** No person can choose a name with a colon. */
const secretName = 'gatehouse:sign-in-keys'
const destination = 'gatehouse'

export const accessTokenSeconds = 600
/** Longer than any token that was signed with it, with leeway for clocks. */
const keptAfterMs = (accessTokenSeconds + 300) * 1000

interface SigningKey {
  readonly jwk: JWK & { readonly kid: string }
  /** Epoch milliseconds; undefined for the one that signs. */
  readonly replacedMs?: number
}

interface Kept {
  readonly keys: readonly SigningKey[]
  readonly cookieKey: string
}

export interface KeyRing {
  /** With their private halves, the one that signs first. */
  readonly keys: readonly SigningKey['jwk'][]
  readonly publicKeys: readonly JWK[]
  readonly cookieKey: string
}

export class SigningKeys {
  private loading: Promise<KeyRing> | undefined
  private changing: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly secrets: Pick<SecretStore, 'open' | 'put'>,
    private readonly nowMs: () => number,
  ) {}

  /** @throws GatewayError `vault_locked` */
  load(): Promise<KeyRing> {
    const started = (this.loading ??= this.serially(async () => ringOf((await this.read()) ?? (await this.make()))))
    started.catch(() => {
      if (this.loading === started) this.loading = undefined
    })
    return started
  }

  /** @returns the id of the key that signs from now on */
  async rotate(): Promise<string> {
    const next = this.serially(async () => {
      const kept = (await this.read()) ?? (await this.make())
      const nowMs = this.nowMs()
      const before = kept.keys
        .map((key) => ({ ...key, replacedMs: key.replacedMs ?? nowMs }))
        .filter(({ replacedMs }) => nowMs - replacedMs < keptAfterMs)
      const keys = [{ jwk: await makeKey() }, ...before]
      await this.write({ ...kept, keys })
      return ringOf({ ...kept, keys })
    })
    const ring = await next
    this.loading = next
    return ring.keys[0]?.kid ?? ''
  }

  forget(): void {
    this.loading = undefined
  }

  private async read(): Promise<Kept | undefined> {
    const known = await this.secrets.open(secretName, undefined, destination)
    return known.outcome === 'value' ? (JSON.parse(known.value) as Kept) : undefined
  }

  private async make(): Promise<Kept> {
    await this.write({ keys: [{ jwk: await makeKey() }], cookieKey: randomBytes(32).toString('base64url') })
    const kept = await this.read()
    if (kept === undefined) throw new Error('The keys of sign-in were not kept.')
    return kept
  }

  private async write(kept: Kept): Promise<void> {
    await this.secrets.put({ name: secretName, value: JSON.stringify(kept) }, [destination])
  }

  private serially<T>(work: () => Promise<T>): Promise<T> {
    const done = this.changing.then(work)
    this.changing = done.catch(() => undefined)
    return done
  }
}

function ringOf({ keys, cookieKey }: Kept): KeyRing {
  return { keys: keys.map(({ jwk }) => jwk), publicKeys: keys.map(({ jwk }) => publicHalf(jwk)), cookieKey }
}

async function makeKey(): Promise<SigningKey['jwk']> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'ES256' }
}

function publicHalf({ d: _private, ...jwk }: JWK): JWK {
  return jwk
}
