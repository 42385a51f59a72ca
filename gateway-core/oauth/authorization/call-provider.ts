/** Requests to a provider: over the gateway's own HTTP, and with what fails told in words that hold no secret. */
import * as oauth from 'oauth4webapi'
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../../contract/errors.js'
import { isRecord } from '../../contract/json-rpc.js'
import { clocksApart, clockSkew, type TwoClocks } from '../clock-skew.js'
import { diagnosed, refusedBy, tokenFailure } from '../oauth-failure.js'
import type { OAuthHttp } from '../oauth-http.js'
import { timesApart } from '../../token-times.js'
import type { Reach } from '../private-address.js'
import type { Fetch } from './account-ports.js'

/** The provider answered with an OAuth error. */
export class ProviderRefusal extends GatewayError {
  /** @param oauthError e.g. `invalid_grant` (RFC 6749 §5.2) */
  constructor(
    readonly oauthError: string,
    told: GatewayError,
  ) {
    super(told.code, {
      ...(told.detail === undefined ? {} : { detail: told.detail }),
      ...(told.fix === undefined ? {} : { fix: told.fix }),
      ...(told.diagnosis === undefined ? {} : { diagnosis: told.diagnosis }),
    })
  }
}

export interface ProviderRequestOptions {
  readonly [oauth.allowInsecureRequests]: boolean
  readonly [oauth.customFetch]: Fetch
}

/**
 * @param endpoint already checked to be https:, or on loopback
 * @param work is told, once there is an answer, whether the provider's clock is another
 * @throws ProviderRefusal
 * @throws GatewayError `token_endpoint_failed`
 */
export async function callProvider<T>(
  what: string,
  endpoint: URL,
  fetch: Fetch,
  work: (options: ProviderRequestOptions, clocks: () => TwoClocks | undefined) => Promise<T>,
): Promise<T> {
  let clocks: TwoClocks | undefined
  const noting: Fetch = async (url, request) => {
    const response = await fetch(url, request)
    clocks = clocksApart(response.headers.get('date') ?? undefined, Date.now())
    return response
  }
  try {
    const options = { [oauth.allowInsecureRequests]: endpoint.protocol === 'http:', [oauth.customFetch]: noting }
    return await work(options, () => clocks)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    if (error instanceof oauth.ResponseBodyError) {
      const code = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(error.error) ? error.error : undefined
      throw new ProviderRefusal(code ?? 'unknown', refusedBy(endpoint.origin, error.status, code, clocks))
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError)
      throw new ProviderRefusal('invalid_client', refusedBy(endpoint.origin, error.status, 'invalid_client', clocks))
    if (error instanceof oauth.OperationProcessingError && error.code === oauth.JWT_TIMESTAMP_CHECK)
      throw wrongTime(endpoint.origin, error.cause, clocks)
    // The messages of the library are about names of parameters; their values are in `cause`, which is not told.
    const reason = error instanceof oauth.OperationProcessingError ? `: ${error.message}` : ''
    throw tokenFailure(`Gatehouse could not ${what} at ${endpoint.origin}${reason.slice(0, 200)}.`)
  }
}

/** An ID token is not of this time. */
function wrongTime(origin: string, checked: unknown, clocks: TwoClocks | undefined): GatewayError {
  const { claim, claims }: Readonly<Record<string, unknown>> = isRecord(checked) ? checked : {}
  const at = typeof claim === 'string' && isRecord(claims) ? claims[claim] : undefined
  const told = typeof at === 'number' ? [`Its "${String(claim)}": ${timesApart(at, Date.now())}.`] : []
  const facts = [`${origin} gave an ID token that is not of this time.`, ...told]
  if (clocks !== undefined) return diagnosed(clockSkew(clocks, 'the provider’s', facts))
  return diagnosed({
    code: 'CLOCK_SKEW',
    title: 'One of two clocks is wrong',
    facts,
    likelyCause: 'this machine’s clock is wrong, or the provider’s.',
    fix: 'Check this machine’s clock, then sign in again.',
  })
}

/**
 * @param http that makes one attempt for each request: a code or a refresh token that may have arrived must not be sent
 *   again
 * @param maxRetries after answers of 5xx, with which nothing was done
 */
export function fetchOver(http: OAuthHttp, reach: Reach, maxRetries: number, headOnly: boolean): Fetch {
  return async (url, { method, headers, body }) => {
    const text = body === undefined ? undefined : String(body)
    for (let attempt = 0; ; attempt++) {
      const { status, ...answer } = await http.send(url, {
        method,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        reach,
        headOnly,
        ...(text === undefined ? {} : { body: text }),
      })
      if (status >= 500 && attempt < maxRetries) {
        await delay(Math.min(250 * 2 ** attempt, 2000) * (0.5 + Math.random() / 2))
        continue
      }
      const hasBody = status !== 204 && status !== 205 && status !== 304
      return new Response(hasBody ? Buffer.from(answer.body) : null, { status, headers: answer.headers })
    }
  }
}
