/** The authorization server's storage, over the vault. What it has written is on disk before it goes on. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { SignInStore } from '../vault/sign-in-store.js'
import type { Grants } from './grants.js'

/** A client that nobody approved is forgotten after a day; one with a grant lives as long as that. */
export const unusedClientMs = 24 * 60 * 60_000

export class VaultAdapter implements Adapter {
  constructor(
    /** A model of oidc-provider. */
    private readonly kind: string,
    private readonly store: SignInStore,
    private readonly grants: Grants,
    private readonly nowMs: () => number,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const lifetimeMs = expiresIn === undefined ? this.defaultLifetimeMs() : expiresIn * 1000
    await this.store.put({
      kind: this.kind,
      id,
      grantId: this.kind === 'Grant' ? id : payload.grantId,
      uid: payload.uid,
      document: JSON.stringify(payload),
      ...(lifetimeMs === undefined ? {} : { expiresMs: this.nowMs() + lifetimeMs }),
    })
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.store.find(this.kind, id)
    return found && payloadOf(found.document, found.consumedMs)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = await this.store.findByUid(this.kind, uid)
    return found && payloadOf(found.document, found.consumedMs)
  }

  /** Devices have no part in this. */
  async findByUserCode(): Promise<undefined> {
    return undefined
  }

  consume(id: string): Promise<void> {
    return this.store.consume(this.kind, id)
  }

  async destroy(id: string): Promise<void> {
    if (this.kind === 'Grant') await this.grants.remove(id)
    else await this.store.remove(this.kind, id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.grants.remove(grantId)
  }

  private defaultLifetimeMs(): number | undefined {
    return this.kind === 'Client' ? unusedClientMs : undefined
  }
}

function payloadOf(document: string, consumedMs: number | undefined): AdapterPayload {
  const payload = JSON.parse(document) as AdapterPayload
  return consumedMs === undefined ? payload : { ...payload, consumed: Math.floor(consumedMs / 1000) }
}
