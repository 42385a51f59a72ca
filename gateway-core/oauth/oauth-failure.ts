/** What goes wrong on the way to a token, in words that hold no secret: hosts and error codes, never free text. */
import { sentencesOf, type Diagnosis } from '../contract/diagnosis.js'
import { GatewayError } from '../contract/errors.js'
import { clockFact, type TwoClocks } from './clock-skew.js'

export function tokenFailure(detail: string, fix?: string, cause?: unknown): GatewayError {
  return new GatewayError('token_endpoint_failed', {
    detail,
    ...(fix === undefined ? {} : { fix }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** @param why as a clause, or what the authorization server said */
export function tooFewScopes(scopes: readonly string[], why: string): GatewayError {
  const wanted = scopes.length === 0 ? 'more than the token has' : scopes.slice(0, 20).join(' ').slice(0, 500)
  return new GatewayError('insufficient_scope', {
    detail: `The server wants ${wanted}, which the token of Gatehouse does not have: ${why}`,
    fix: 'Let the authorization server give this client the scope, and add it to scopes of app_auth.',
  })
}

/** The same, with what is known told apart from what is guessed. */
export function diagnosed(diagnosis: Diagnosis): GatewayError {
  const detail = sentencesOf(diagnosis).join(' ')
  return new GatewayError('token_endpoint_failed', { detail, fix: diagnosis.fix, diagnosis })
}

const fixes: Readonly<Record<string, string>> = {
  invalid_client: 'Check client_id, client_auth, and that the secret in the vault is this client’s.',
  invalid_grant: 'Sign in again at the provider whose token was exchanged.',
  unauthorized_client: 'Allow this grant for the client at the authorization server.',
  unsupported_grant_type: 'Allow this grant at the authorization server, or choose another app_auth.',
  invalid_scope: 'Check scopes: the authorization server does not give all of them to this client.',
  invalid_target: 'Check resource and audience: the authorization server does not know them.',
  invalid_request: 'Check resource, audience and scopes; `resource: false` leaves the resource out.',
  access_denied: 'Ask whoever runs the authorization server what this client may have.',
}

/** The error code of an answer (RFC 6749 §5.2), unless it is none or repeats one of the secrets that were sent. */
export function errorCodeOf(body: Uint8Array, secrets: readonly string[]): string | undefined {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
  const code: unknown =
    typeof document === 'object' && document !== null && 'error' in document ? document.error : undefined
  if (typeof code !== 'string' || !/^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$/.test(code)) return undefined
  return Object.hasOwn(fixes, code) || !secrets.some((secret) => overlap(code, secret)) ? code : undefined
}

function overlap(code: string, secret: string): boolean {
  return code.includes(secret) || secret.includes(code)
}

/**
 * @param origin of the token endpoint
 * @param clocks where they differ, which may be why
 */
export function refusedBy(origin: string, status: number, code: string | undefined, clocks?: TwoClocks): GatewayError {
  const clock = clocks === undefined ? '' : ` ${clockFact(clocks, 'its')}`
  if (code === undefined)
    return tokenFailure(
      `${origin} answered ${status} where a token was expected.${clock}`,
      status >= 500 ? 'Try again; if it lasts, look at the authorization server.' : 'Check token_url and client_id.',
    )
  return tokenFailure(
    `${origin} gave no token: ${code} (HTTP ${status}).${clock}`,
    Object.hasOwn(fixes, code) ? fixes[code] : 'Look up what this error code means at the authorization server.',
  )
}
