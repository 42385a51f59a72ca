/** Whose session with a server a request belongs to. Pure. */
import type { ResolvedServer } from '../contract/resolved-server.js'

/** Undefined where one session is for all callers; with accounts of their own they never share one. */
export function sessionOwnerOf({ connection, appAuth }: ResolvedServer, callerId: string): string | undefined {
  const isPersonal = appAuth.type === 'oauth2_authorization_code' && appAuth.per !== 'organization'
  return connection === 'shared' && !isPersonal ? undefined : callerId
}
