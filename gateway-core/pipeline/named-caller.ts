/** Callers that a person names, to see what would be done for them. */
import { decodeJwt } from 'jose'
import type { Recognised } from '../callers/recognise-caller.js'
import { looksLikeJwt } from '../callers/token-verifier.js'
import type { Caller } from '../contract/caller.js'
import type { Snapshot } from '../registry/registry.js'

/**
 * @param name of a caller: a key's id, a subject, or `{issuer}#{sub}`
 * @param headers of the request, whose `authorization` is the caller's token where it holds a JWT
 */
export function namedCaller(
  name: string,
  snapshot: Snapshot,
  headers: Readonly<Record<string, string>> = {},
): Recognised {
  const keys = [...snapshot.keysByHash.values()]
  const key = keys.find(({ id }) => id === name) ?? keys.find(({ subject }) => subject === name)
  const separator = name.lastIndexOf('#')
  const token = bearerToken(headers['authorization'])
  if (key === undefined && separator > 0) {
    const [issuer, subject] = [name.slice(0, separator), name.slice(separator + 1)]
    const claims = token === undefined ? { sub: subject, iss: issuer } : { ...decodeJwt(token), sub: subject }
    const email = 'email' in claims && typeof claims['email'] === 'string' ? { email: claims['email'] } : {}
    const caller: Caller = { id: name, subject, issuer, ...email, method: 'jwt' }
    return { caller, ...(token === undefined ? {} : { token }), claims, authorizationIsOurs: true }
  }
  const caller: Caller = {
    id: key?.id ?? name,
    subject: key?.subject ?? name,
    ...(key?.email === undefined ? {} : { email: key.email }),
    method: 'api_key',
  }
  const claims = caller.email === undefined ? { sub: caller.subject } : { sub: caller.subject, email: caller.email }
  return { caller, ...(key === undefined ? {} : { key }), claims, authorizationIsOurs: token !== undefined }
}

export function bearerToken(authorization: string | undefined): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  return token !== undefined && looksLikeJwt(token) ? token : undefined
}
