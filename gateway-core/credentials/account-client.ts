/** Which of a server's configured clients an account is for. Pure. */
import type { AppAuth } from '../contract/profile.js'

export type AccountClientConfig = Extract<AppAuth, { type: 'oauth2_authorization_code' }>

/**
 * Tools whose `app_auth` is the same share an account, and one that is the same as the server's uses the server's.
 *
 * @param own the server's own app auth
 * @returns empty for the server's own
 */
export function accountClientKey(auth: AccountClientConfig, own: AppAuth): string {
  const text = settled(auth)
  return text === settled(own) ? '' : text
}

/** Whatever order its keys were written in. Holds names of secrets and no secret. */
function settled(auth: AppAuth): string {
  return JSON.stringify(Object.entries(auth).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
