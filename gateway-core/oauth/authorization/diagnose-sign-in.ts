/** Why a sign-in failed, with what was measured apart from what is guessed. */
import type * as oauth from 'oauth4webapi'
import type { Diagnosis } from '../../contract/diagnosis.js'
import { GatewayError } from '../../contract/errors.js'
import type { AccountClient } from '../../vault/account-store.js'
import { diagnosed, tokenFailure } from '../oauth-failure.js'
import type { AttemptStatus } from './attempts.js'
import { ProviderRefusal } from './call-provider.js'

const maxWords = 300

/** The provider sent the browser back with an error. What it says in its own words is quoted: it is often all there is. */
export function refusedInBrowser(
  { error, error_description: description }: oauth.AuthorizationResponseError,
  client: AccountClient,
): GatewayError {
  const code = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(error) ? error : 'an unknown error'
  const words = description === undefined ? [] : [`The provider says: “${description.slice(0, maxWords)}”`]
  if (code === 'access_denied')
    return diagnosed({
      code: 'OAUTH_DENIED',
      title: 'You pressed Cancel, or an administrator blocks it',
      facts: ['Nothing was granted: the provider answered access_denied.', ...words],
      fix: 'Try again.',
    })
  if (code === 'redirect_uri_mismatch' || /redirect.?ur[il]/i.test(description ?? ''))
    return redirectMismatch(client, [`The provider answered with ${code}.`, ...words])
  if (code === 'invalid_client' || code === 'unauthorized_client')
    return unknownClient(client, [`The provider answered with ${code}.`, ...words])
  return tokenFailure([`The provider answered with ${code}.`, ...words].join(' '), 'Start again.')
}

/** What a failure at the token endpoint means for a person. */
export function explainedFailure(error: unknown, client: AccountClient): GatewayError {
  if (!(error instanceof GatewayError)) return tokenFailure('Gatehouse failed to finish the sign-in.')
  if (!(error instanceof ProviderRefusal)) return error
  if (error.oauthError === 'invalid_client' || error.oauthError === 'unauthorized_client')
    return unknownClient(client, [error.message])
  if (error.oauthError === 'redirect_uri_mismatch') return redirectMismatch(client, [error.message])
  return error
}

/**
 * The provider gives no more tokens for an account.
 *
 * @param refused in what words
 * @param lastAt RFC 3339, when it last gave one
 */
export function accessWithdrawn(refused: string, lastAt: string): Diagnosis {
  return {
    code: 'OAUTH_REFRESH_REVOKED',
    title: 'Access was withdrawn',
    facts: [refused, `The last token was given at ${lastAt}.`],
    likelyCause: 'somebody withdrew the access at the provider, or it has ended.',
    fix: 'Connect the account again.',
  }
}

function redirectMismatch({ redirectUri, registration }: AccountClient, facts: readonly string[]): GatewayError {
  const other = redirectUri.includes('127.0.0.1') ? 'localhost' : '127.0.0.1'
  return diagnosed({
    code: 'OAUTH_REDIRECT_MISMATCH',
    title: 'The callback address doesn’t match',
    facts: [...facts, `Gatehouse sent ${redirectUri} as its callback address.`],
    likelyCause: `another one is registered there. 127.0.0.1 and localhost, the port, the path and a slash at the end all count.`,
    fix:
      registration === 'static'
        ? `Register exactly ${redirectUri} at the provider. If it takes only ${other}, set oauth.callback_host: ${other}.`
        : `Connect again; if that does not help, set oauth.callback_host: ${other}.`,
  })
}

function unknownClient({ id, registration }: AccountClient, facts: readonly string[]): GatewayError {
  const shown = id.length <= 8 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`
  return diagnosed({
    code: 'OAUTH_INVALID_CLIENT',
    title: 'The provider doesn’t know this app',
    facts: [...facts, `Gatehouse is the client ${shown} there (${ways[registration]}).`],
    likelyCause: registration === 'static' ? 'client_id or its secret is another’s.' : 'the provider has forgotten it.',
    fix:
      registration === 'static'
        ? 'Check client_id, client_auth, and that the secret in the vault is this client’s.'
        : 'Connect again: Gatehouse registers anew.',
  })
}

const ways: Readonly<Record<AccountClient['registration'], string>> = {
  static: 'configured by hand',
  cimd: 'by its metadata document',
  dcr: 'registered automatically',
}

/** The answer names another issuer than the one that was asked (RFC 9207). Nothing else of it is told. */
export function wrongIssuer(expected: string, received: string | undefined): Diagnosis {
  return {
    code: 'OAUTH_ISSUER_MISMATCH',
    title: 'This answer came from another provider',
    facts: [
      'The sign-in server’s name does not match the one that Gatehouse asked, so nothing of its answer was used.',
    ],
    expected,
    received: received === undefined ? 'none, or several' : received.slice(0, 200),
    fix: 'If a sign-in is still open in another tab, finish it there. Otherwise start again.',
  }
}

/** Nothing waits for the browser that came back. */
export function unexpectedAnswer(
  earlier: { readonly ageMs: number; readonly status: AttemptStatus | undefined } | undefined,
): Diagnosis {
  if (earlier === undefined)
    return {
      code: 'OAUTH_STATE_MISMATCH',
      title: 'This sign-in isn’t one that Gatehouse waits for',
      facts: ['It was not started here, or before Gatehouse was last started.'],
      fix: 'Ask your agent again, or run gatehouse connect. A sign-in that is open in another tab is not affected.',
    }
  const minutes = Math.floor(earlier.ageMs / 60_000)
  const age = minutes === 0 ? 'less than a minute' : `${minutes} minute${minutes === 1 ? '' : 's'}`
  const outcomes: Readonly<Partial<Record<AttemptStatus, string>>> = {
    connected: 'It has connected the account already: there is nothing left to do.',
    failed: 'It has failed already.',
    expired: 'It is older than ten minutes.',
  }
  const outcome = earlier.status === undefined ? undefined : outcomes[earlier.status]
  return {
    code: 'OAUTH_STALE_CALLBACK',
    title: 'That tab belonged to an earlier sign-in',
    facts: [`It was started ${age} ago.`, ...(outcome === undefined ? [] : [outcome])],
    fix:
      earlier.status === 'connected'
        ? 'Close this tab, and go back to your agent.'
        : 'Start again: ask your agent, or run gatehouse connect. Then close this tab.',
  }
}
