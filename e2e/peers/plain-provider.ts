/**
 * An authorization server as they were ten years ago, on loopback: no metadata, no registration, no PKCE, no resource, no
 * revocation, opaque tokens, one refresh token for good. Whoever comes has signed in and consents.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export const plainClient = { id: 'plain client', secret: 'secret/of the+client' } as const

export interface PlainProvider {
  readonly origin: string
  /** Scopes of the access tokens that are good. */
  readonly tokens: Map<string, readonly string[]>
  /** Refresh tokens that are good, with their scopes. */
  readonly grants: Map<string, readonly string[]>
  /** Path, and grant type where there is one, of every request. */
  readonly asked: string[]
  close(): Promise<void>
}

export async function startPlainProvider(): Promise<PlainProvider> {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const codes = new Map<string, readonly string[]>()
  const provider: PlainProvider = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    tokens: new Map(),
    grants: new Map(),
    asked: [],
    close: async () => {
      http.close()
      http.closeAllConnections()
    },
  }
  http.on('request', (request, response) => void answer(request, response, provider, codes))
  return provider
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  provider: PlainProvider,
  codes: Map<string, readonly string[]>,
): Promise<void> {
  const url = new URL(request.url ?? '', provider.origin)
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const form = new URLSearchParams(body)
  const grantType = form.get('grant_type')
  provider.asked.push(grantType === null ? url.pathname : `${url.pathname} ${grantType}`)
  if (url.pathname === '/authorize') {
    const code = randomBytes(12).toString('hex')
    codes.set(code, (url.searchParams.get('scope') ?? '').split(' '))
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    return void response.writeHead(302, { location: back.href }).end()
  }
  if (url.pathname !== '/token') return void response.writeHead(404).end()
  if (!isClient(request.headers.authorization)) return json(response, 401, { error: 'invalid_client' })
  const given = form.get('code') ?? form.get('refresh_token') ?? ''
  const scopes = grantType === 'refresh_token' ? provider.grants.get(given) : codes.get(given)
  codes.delete(given)
  if (scopes === undefined) return json(response, 400, { error: 'invalid_grant' })
  const access_token = `plain-${randomBytes(12).toString('hex')}`
  provider.tokens.set(access_token, scopes)
  if (grantType === 'refresh_token') return json(response, 200, { access_token, token_type: 'bearer' })
  const refresh_token = `again-${randomBytes(12).toString('hex')}`
  provider.grants.set(refresh_token, scopes)
  json(response, 200, { access_token, token_type: 'bearer', refresh_token })
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function isClient(authorization: string | undefined): boolean {
  const [id, secret] = Buffer.from((authorization ?? '').replace(/^Basic /, ''), 'base64')
    .toString('utf8')
    .split(':')
  const decode = (text = ''): string => decodeURIComponent(text.replaceAll('+', ' '))
  return decode(id) === plainClient.id && decode(secret) === plainClient.secret
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
