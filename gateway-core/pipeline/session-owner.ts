/** Whose session with a server a request belongs to. Pure. */
import type { RegisteredServer } from '../registry/registry.js'

/** Undefined where one session is for all callers; with accounts of their own they never share one. */
export function sessionOwnerOf({ resolved, plan }: RegisteredServer, callerId: string): string | undefined {
  const isPersonal = [...plan.accountClients.values()].some(({ per }) => per !== 'organization')
  return resolved.connection === 'shared' && !isPersonal ? undefined : callerId
}
