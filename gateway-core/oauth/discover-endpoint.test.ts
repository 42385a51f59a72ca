import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEndpointDiscovery } from './discover-endpoint.js'
import { createOAuthHttp, type OAuthHttp } from './oauth-http.js'
import { byPath, json, startHttpPeer, type HttpPeer, type Respond } from './test/http-peer.js'
import { clientCredentials, createTokenBench } from './test/token-bench.js'

const failed = (detail: RegExp) =>
  expect.objectContaining({ code: 'token_endpoint_failed', message: expect.stringMatching(detail) })

let server: HttpPeer
let provider: HttpPeer
let http: OAuthHttp
beforeEach(async () => {
  server = await startHttpPeer()
  provider = await startHttpPeer()
  http = createOAuthHttp({ requestTimeoutMs: 2000, maxRetries: 0 })
})
afterEach(async () => {
  await http.close()
  await server.close()
  await provider.close()
})

const wellKnown = '/.well-known/oauth-protected-resource'
const asMetadata = (issuer: string, more = {}): Respond =>
  json(200, { issuer, token_endpoint: `${issuer}/token`, ...more })
const resourceMetadata = (more = {}): Respond =>
  json(200, { resource: `${server.origin}/mcp`, authorization_servers: [provider.origin], ...more })
const challenge = (url: string): Respond =>
  json(401, {}, { 'www-authenticate': `Bearer error="invalid_token", resource_metadata="${url}", scope="a b"` })
const find = (issuer?: string) => createEndpointDiscovery(http).find(`${server.origin}/mcp`, issuer)
const asked = (peer: HttpPeer): string[] => peer.seen.map(({ method, url }) => `${method} ${url}`)

describe('the token endpoint of a server', () => {
  it('is found through the challenge, wherever that says the metadata are', async () => {
    server.answerWith(
      byPath({
        '/mcp': challenge(`${server.origin}/custom/metadata.json`),
        '/custom/metadata.json': resourceMetadata(),
      }),
    )
    provider.answerWith(byPath({ '/.well-known/oauth-authorization-server': asMetadata(provider.origin) }))
    expect(await find()).toMatchObject({
      issuer: provider.origin,
      tokenEndpoint: `${provider.origin}/token`,
      resource: `${server.origin}/mcp`,
      reach: 'near',
    })
    expect(asked(server)).toEqual(['POST /mcp', 'GET /custom/metadata.json'])
    for (const { headers } of server.seen) expect(headers.authorization).toBeUndefined()
  })

  it.each([
    ['below its path', `${wellKnown}/mcp`, ['POST /mcp', `GET ${wellKnown}/mcp`]],
    ['at its root', wellKnown, ['POST /mcp', `GET ${wellKnown}/mcp`, `GET ${wellKnown}`]],
  ])('is found %s where there is no challenge', async (_where, path, requests) => {
    server.answerWith(byPath({ [path]: resourceMetadata() }))
    provider.answerWith(byPath({ '/.well-known/oauth-authorization-server': asMetadata(provider.origin) }))
    expect((await find()).issuer).toBe(provider.origin)
    expect(asked(server)).toEqual(requests)
  })

  it('is looked for in the order of MCP where the issuer has a path', async () => {
    const issuer = `${provider.origin}/tenant`
    server.answerWith(byPath({ [wellKnown]: resourceMetadata({ authorization_servers: [issuer] }) }))
    provider.answerWith(byPath({ '/tenant/.well-known/openid-configuration': asMetadata(issuer) }))
    expect((await find()).tokenEndpoint).toBe(`${issuer}/token`)
    expect(asked(provider)).toEqual([
      'GET /.well-known/oauth-authorization-server/tenant',
      'GET /.well-known/openid-configuration/tenant',
      'GET /tenant/.well-known/openid-configuration',
    ])
  })

  it('is the server’s own where it publishes nothing about itself but that', async () => {
    server.answerWith(byPath({ '/.well-known/oauth-authorization-server': asMetadata(server.origin) }))
    expect(await find()).toMatchObject({ issuer: server.origin, resource: undefined })
  })

  it('is that of an issuer that a person names, and the server is not asked', async () => {
    provider.answerWith(byPath({ '/.well-known/openid-configuration': asMetadata(provider.origin) }))
    expect((await find(provider.origin)).issuer).toBe(provider.origin)
    expect(server.seen).toEqual([])
  })

  it.each(['/', '/x', '?a=b'])('is not taken from metadata of another issuer, were it only for %j', async (suffix) => {
    server.answerWith(byPath({ [wellKnown]: resourceMetadata() }))
    const metadata = json(200, { issuer: provider.origin + suffix, token_endpoint: `${provider.origin}/token` })
    provider.answerWith(byPath({ '/.well-known/oauth-authorization-server': metadata }))
    await expect(find()).rejects.toEqual(failed(/another issuer/))
  })

  it.each(['http://127.0.0.1:1/mcp', '/other', '', 7])(
    'is not taken from metadata of the resource %j',
    async (resource) => {
      const named = resource === '/other' ? `${server.origin}/other` : resource
      server.answerWith(byPath({ [wellKnown]: resourceMetadata({ resource: named }) }))
      await expect(find()).rejects.toEqual(failed(/another resource/))
      expect(provider.seen).toEqual([])
    },
  )

  it('is not taken from metadata on another origin', async () => {
    server.answerWith(byPath({ '/mcp': challenge(`${provider.origin}/metadata`) }))
    await expect(find()).rejects.toEqual(failed(/another origin/))
    expect(provider.seen).toEqual([])
  })

  it.each([
    'file:///etc/passwd', 'javascript:alert(1)', 'http://as.example.com', 'https://user@as.example.com', 'ftp://127.0.0.1/', 'https://as.example.com#x',
  ])('is not looked for at %s', async (issuer) => {
    server.answerWith(byPath({ [wellKnown]: resourceMetadata({ authorization_servers: [issuer] }) }))
    await expect(find()).rejects.toEqual(failed(/names no authorization server/))
  }) // prettier-ignore

  it.each(['file:///token', 'http://as.example.com/token', '/token', 7])('is not %j', async (endpoint) => {
    server.answerWith(byPath({ [wellKnown]: resourceMetadata() }))
    const metadata = asMetadata(provider.origin, { token_endpoint: endpoint })
    provider.answerWith(byPath({ '/.well-known/oauth-authorization-server': metadata }))
    await expect(find()).rejects.toEqual(failed(/no token endpoint/))
  })

  it('is found once for many who ask', async () => {
    server.answerWith(byPath({ [wellKnown]: resourceMetadata() }))
    provider.answerWith(byPath({ '/.well-known/oauth-authorization-server': asMetadata(provider.origin) }))
    const discovery = createEndpointDiscovery(http)
    await Promise.all(Array.from({ length: 20 }, () => discovery.find(`${server.origin}/mcp`, undefined)))
    expect(provider.seen).toHaveLength(1)
  })
})

describe('a client’s secret', () => {
  it('does not follow a server that names another authorization server than before', async () => {
    const other = await startHttpPeer()
    const bench = createTokenBench()
    bench.secrets.set('secret', 'the-client-secret')
    const token = json(200, { access_token: 'x', token_type: 'bearer' })
    for (const peer of [provider, other])
      peer.answerWith(byPath({ '/.well-known/oauth-authorization-server': asMetadata(peer.origin), '/token': token }))
    const client = { client_id: 'c', client_secret: { secret: 'secret' } }
    const context = bench.context({ serverUrl: `${server.origin}/mcp` })
    server.answerWith(byPath({ [wellKnown]: resourceMetadata() }))
    await bench.source.obtain(clientCredentials(client), context)
    expect(new URLSearchParams(provider.seen.at(-1)?.body).get('resource')).toBe(`${server.origin}/mcp`)

    server.answerWith(byPath({ [wellKnown]: resourceMetadata({ authorization_servers: [other.origin] }) }))
    // As after a restart: what was noted is known, and nothing else.
    bench.source.forgetServer('backend')
    await expect(bench.source.obtain(clientCredentials(client), context)).rejects.toEqual(failed(/named .* before/))
    expect(asked(other)).not.toContain('POST /token')

    const allowed = clientCredentials({ ...client, issuer: other.origin })
    await bench.source.obtain(allowed, context)
    expect(asked(other)).toContain('POST /token')
    await bench.source.close()
    await other.close()
  })
})
