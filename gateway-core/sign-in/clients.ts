/** How long agents that registered by themselves are remembered. */
import type { SignInStore } from '../vault/sign-in-store.js'
import { unusedClientMs } from './vault-adapter.js'

const kind = 'Client'

/** Somebody approved it: it lives until nothing is left of that. */
export async function keepClient(clientId: string, store: SignInStore): Promise<void> {
  const found = await store.find(kind, clientId)
  if (found !== undefined) await store.put({ kind, id: clientId, document: found.document })
}

/** Its last grant is gone: it may come back within a day. */
export async function releaseClient(clientId: string, store: SignInStore, nowMs: number): Promise<void> {
  const found = await store.find(kind, clientId)
  if (found === undefined) return
  await store.put({ kind, id: clientId, document: found.document, expiresMs: nowMs + unusedClientMs })
}
