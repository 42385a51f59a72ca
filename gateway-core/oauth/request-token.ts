/**
 * Requests a token at a token endpoint: client credentials (RFC 6749 §4.4) and token exchange (RFC 8693), with the
 * resource it is for (RFC 8707). Requests are made and answers read by oauth4webapi.
 */
import { decodeJwt, type JWTPayload } from 'jose'
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  customFetch,
  genericTokenEndpointRequest,
  OperationProcessingError,
  processGenericTokenEndpointResponse,
  UnsupportedOperationError,
  type AuthorizationServer,
  type Client,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { GatewayError } from '../contract/errors.js'
import type { OpenedClient } from './client-authentication.js'
import { clocksApart } from './clock-skew.js'
import { errorCodeOf, refusedBy, tokenFailure } from './oauth-failure.js'
import type { OAuthAnswer, OAuthHttp } from './oauth-http.js'
import type { Reach } from './private-address.js'

export interface TokenRequest {
  /** Whom a signed assertion is for. */
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly reach: Reach
  readonly client: OpenedClient
  readonly resource: string | undefined
  readonly audience: string | undefined
  readonly scopes: readonly string[]
  /** Exchanged for the token; without one the client gets a token for itself. */
  readonly subject: { readonly token: string; readonly type: string } | undefined
}

export interface IssuedToken {
  readonly value: string
  /** Claims where it is a JWT; nothing about them has been verified. */
  readonly claims: JWTPayload | undefined
  readonly scopes: readonly string[]
  /** Seconds from when it was asked for; undefined where nobody said. */
  readonly expiresInS: number | undefined
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const maxTokenLength = 32 * 1024

/** @throws GatewayError `token_endpoint_failed`, `secret_unusable` */
export async function requestToken(request: TokenRequest, http: OAuthHttp): Promise<IssuedToken> {
  const { client, subject } = request
  const { origin } = new URL(request.tokenEndpoint)
  const server: AuthorizationServer = { issuer: request.issuer, token_endpoint: request.tokenEndpoint }
  // The library wants a name even where the client has none; the authentication then sends none.
  const named: Client = { client_id: client.clientId === '' ? 'none' : client.clientId }
  const parameters = parametersOf(request)
  const authentication = await client.prove()
  let answer: OAuthAnswer | undefined
  const options = {
    // Which URLs may go without TLS was decided when they were typed or found.
    [allowInsecureRequests]: true,
    [customFetch]: async (url: string, init: { headers: Record<string, string>; body: URLSearchParams }) => {
      answer = await http.send(url, {
        method: 'POST',
        headers: init.headers,
        body: init.body.toString(),
        reach: request.reach,
      })
      return new Response(Buffer.from(answer.body), { status: answer.status, headers: answer.headers })
    },
  }
  try {
    const response =
      subject === undefined
        ? await clientCredentialsGrantRequest(server, named, authentication, parameters, options)
        : await genericTokenEndpointRequest(server, named, authentication, exchangeGrant, parameters, options)
    if (response.status !== 200) throw refusal(origin, response.status, answer, request)
    const body = await processGenericTokenEndpointResponse(server, named, response, {
      // RFC 8693 §2.2.1: what was issued is no access token, and is sent as one.
      recognizedTokenTypes: { n_a: () => undefined },
    })
    return issued(body, origin, request.scopes)
  } catch (error) {
    throw failureOf(error, origin)
  }
}

function parametersOf({ resource, audience, scopes, subject }: TokenRequest): URLSearchParams {
  const parameters = new URLSearchParams()
  if (resource !== undefined) parameters.set('resource', resource)
  if (audience !== undefined) parameters.set('audience', audience)
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  if (subject !== undefined) {
    parameters.set('subject_token', subject.token)
    parameters.set('subject_token_type', subject.type)
  }
  return parameters
}

function refusal(
  origin: string,
  status: number,
  answer: OAuthAnswer | undefined,
  { client, subject }: TokenRequest,
): GatewayError {
  const secrets = [...client.secrets, ...(subject === undefined ? [] : [subject.token])]
  if (answer === undefined) return refusedBy(origin, status, undefined)
  const clocks = clocksApart(answer.headers['date'], Date.now())
  return refusedBy(origin, status, errorCodeOf(answer.body, secrets), clocks)
}

function issued(body: TokenEndpointResponse, origin: string, asked: readonly string[]): IssuedToken {
  const { access_token: value, token_type: type, scope, expires_in: expiresInS } = body
  if (type === 'dpop')
    throw tokenFailure(`${origin} gave a token that is bound to a key (DPoP), which was not asked for.`)
  const claims = claimsOf(value)
  checkToken(value, origin)
  const scopes = scope?.split(' ').filter((each) => each !== '') ?? scopesIn(claims) ?? asked
  return { value, claims, scopes, expiresInS }
}

/** @throws GatewayError `token_endpoint_failed` where a header cannot carry it */
export function checkToken(value: string, origin: string): void {
  if (value.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(value))
    throw tokenFailure(`${origin} gave a token that an HTTP header cannot carry.`)
}

/** Claims of a token that is a JWT, unverified; undefined for any other. */
export function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

function scopesIn(claims: JWTPayload | undefined): readonly string[] | undefined {
  const scope = claims?.['scope']
  return typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : undefined
}

function failureOf(error: unknown, origin: string): GatewayError {
  if (error instanceof GatewayError) return error
  // The library's messages name members of the answer and never their values.
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)
    return tokenFailure(`${origin} answered with something that is no token: ${error.message}.`, undefined, error)
  return new GatewayError('internal', { cause: error })
}
