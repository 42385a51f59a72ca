/** The authenticated principal behind one request. */

export const callerMethods = ['api_key', 'service_key', 'jwt', 'oauth', 'legacy', 'none'] as const
export type CallerMethod = (typeof callerMethods)[number]

export interface Caller {
  /** The key's id, or `{issuer}#{sub}`; for `none`, an opaque value that tells callers with different credentials apart. */
  readonly id: string
  /** `sub` of the token, or the subject that the key was made for. */
  readonly subject: string
  /** Set for tokens only. Two issuers may know one subject, so nothing may be kept per `subject` alone. */
  readonly issuer?: string | undefined
  readonly email?: string | undefined
  readonly method: CallerMethod
  /** OAuth client id of the agent, for `oauth`. */
  readonly client?: string | undefined
}

/**
 * The name under which things are kept per caller: `{issuer}#{sub}` for a token, the bare subject for a key.
 * A key's subject is chosen by the local user, a token's by its issuer, so the two never meet.
 */
export function subjectKey(caller: Caller): string {
  return caller.issuer === undefined ? caller.subject : `${caller.issuer}#${caller.subject}`
}
