/** An MCP server of the older era, on loopback, that wants an access token of a provider, made for it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose'

export interface TokenServer {
  readonly url: string
  /** Requests to its MCP endpoint: method and the token's subject, oldest first. */
  readonly seen: { readonly method: string; readonly subject: string | undefined; readonly token: string }[]
  /** Tokens that it answers 401 to from now on. */
  readonly refused: Set<string>
  /** Scope that every call needs beside. */
  extraScope: string | undefined
  /** What it calls itself in its metadata, where that is not its URL. */
  resource: string | undefined
  /** Whether it wants a token for calls of tools alone. */
  wantsTokenForCallsOnly: boolean
  close(): Promise<void>
}

export async function startTokenServer(issuer: string): Promise<TokenServer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const peer: TokenServer = {
    url: `${origin}/mcp`,
    seen: [],
    refused: new Set(),
    extraScope: undefined,
    resource: undefined,
    wantsTokenForCallsOnly: false,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
  server.on('request', (request, response) => {
    if (request.url === new URL(metadata).pathname) {
      json(response, 200, {
        resource: peer.resource ?? peer.url,
        authorization_servers: [issuer],
        scopes_supported: ['mcp:read', 'mcp:write'],
      })
      return
    }
    const challenge = `Bearer resource_metadata="${metadata}", scope="mcp:read"`
    void answer(request, response, peer, challenge, (token) =>
      jwtVerify(token, keys, { issuer, audience: peer.url, typ: 'at+jwt' }).then(({ payload }) => payload),
    )
  })
  return peer
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  peer: TokenServer,
  challenge: string,
  verify: (token: string) => Promise<JWTPayload>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  if (request.method !== 'POST') return json(response, 405, {})
  const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
    id?: unknown
    method: string
    params?: { name?: string }
  }
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const isFree = peer.wantsTokenForCallsOnly && message.method !== 'tools/call'
  const claims = isFree
    ? {}
    : peer.refused.has(token) || token === ''
      ? undefined
      : await verify(token).catch(() => undefined)
  peer.seen.push({ method: message.method, subject: claims?.sub, token })
  if (claims === undefined) {
    response.setHeader('www-authenticate', challenge)
    return json(response, 401, { error: 'invalid_token' })
  }
  if (message.id === undefined) return json(response, 202, {})
  const result = resultOf(message, claims)
  const granted = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  const needed =
    message.params?.name === 'write' ? 'mcp:write' : message.method === 'tools/call' ? peer.extraScope : undefined
  if (needed !== undefined && !granted.includes(needed)) {
    response.setHeader('www-authenticate', `Bearer error="insufficient_scope", scope="${needed}"`)
    return json(response, 403, { error: 'insufficient_scope' })
  }
  const { id } = message
  if (result === undefined)
    return json(response, 404, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
  json(response, 200, { jsonrpc: '2.0', id, result })
}

function resultOf({ method, params }: { method: string; params?: { name?: string } }, claims: JWTPayload): unknown {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'token', version: '1' } }
    case 'tools/list':
      return { tools: ['whoami', 'write'].map((name) => ({ name, inputSchema: { type: 'object' } })) }
    case 'tools/call':
      if (params?.name === 'connect_account') return undefined
      return { content: [{ type: 'text', text: `${params?.name ?? ''} as ${claims.sub ?? ''}` }] }
    case 'ping':
      return {}
    default:
      return undefined
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
