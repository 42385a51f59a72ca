import { describe, expect, it } from 'vitest'
import type { Params } from '../contract/json-rpc.js'
import { HttpRefusal } from '../servers/transport.js'
import type { DocumentReader } from './probe-document.js'
import { probeOAuth, readChallenge } from './probe-oauth.js'
import { ProbeSteps } from './probe-steps.js'

describe('a challenge', () => {
  const read = (field?: string | string[]) => readChallenge(new HttpRefusal(401, '', { 'www-authenticate': field }))

  it('is read with its scheme, error, scope and metadata', () => {
    expect(
      read('Bearer realm="x", error="invalid_token", scope="a b", resource_metadata="https://x.example/y?z=1"'),
    ).toEqual({
      scheme: 'Bearer',
      error: 'invalid_token',
      scope: 'a b',
      resourceMetadata: 'https://x.example/y?z=1',
    })
    expect(read('Bearer error=insufficient_scope,scope=a')).toMatchObject({ error: 'insufficient_scope', scope: 'a' })
    expect(read(['Basic realm="x"', 'Bearer scope="b"'])).toMatchObject({ scheme: 'Basic', scope: 'b' })
  })

  it('that is missing or malformed says nothing', () => {
    const nothing = { scheme: undefined, error: undefined, scope: undefined, resourceMetadata: undefined }
    expect(read()).toEqual(nothing)
    expect(read('"""')).toEqual(nothing)
    expect(read('Bearer error="<script>"')).toEqual({ ...nothing, scheme: 'Bearer' })
  })
})

describe('discovery', () => {
  const server = new URL('https://mcp.example/files/mcp')
  const as = 'https://as.example/tenant'
  const resource = { resource: 'https://mcp.example/files', authorization_servers: [as] }
  const s256 = { code_challenge_methods_supported: ['S256'] }
  const challenge = { scheme: 'Bearer', error: undefined, scope: undefined, resourceMetadata: undefined }

  async function discover(documents: Readonly<Record<string, Params>>, hasClient = false) {
    const asked: string[] = []
    const reader: DocumentReader = {
      read: async (url) => {
        asked.push(url.replace('/.well-known', ''))
        return documents[url.replace('/.well-known', '')]
      },
      close: async () => undefined,
    }
    const steps = new ProbeSteps(performance.now() + 5000)
    await probeOAuth(server, challenge, hasClient, reader, steps)
    const all = steps.steps.map(({ ok, name, detail }) => `${ok ? '+' : '-'}${name} ${detail}`)
    const [authorization] = all.filter((line) => line.slice(1).startsWith('authorization'))
    return { asked, told: all.filter((line) => line !== authorization), authorization }
  }

  it('asks where RFC 9728 and RFC 8414 say, in their order', async () => {
    const { asked, told } = await discover({
      'https://mcp.example/oauth-protected-resource': resource,
      'https://as.example/tenant/openid-configuration': {
        issuer: as,
        ...s256,
        client_id_metadata_document_supported: true,
        registration_endpoint: 'https://as.example/register',
      },
    })
    expect(asked).toEqual([
      'https://mcp.example/oauth-protected-resource/files/mcp',
      'https://mcp.example/oauth-protected-resource',
      'https://as.example/oauth-authorization-server/tenant',
      'https://as.example/openid-configuration/tenant',
      'https://as.example/tenant/openid-configuration',
    ])
    expect(told).toEqual([
      `+metadata Tokens for it come from ${as}.`,
      '+registration The authorization server can be used by client metadata documents and dynamic registration.',
    ])
  })

  it.each([
    [
      { authorization_endpoint: `${as}/auth?x=y`, token_endpoint: `${as}/token` },
      `+authorization People sign in at ${as}/auth;`,
    ],
    [
      { authorization_endpoint: 'javascript:alert(1)', token_endpoint: `${as}/token` },
      '-authorization The provider names no authorization',
    ],
    [
      { authorization_endpoint: `${as}/auth`, token_endpoint: 'http://as.example/token' },
      '-authorization The provider names no token',
    ],
  ])('says where people would be sent, and asks nobody there (%j)', async (endpoints, told) => {
    const { authorization, asked } = await discover({
      'https://mcp.example/oauth-protected-resource': resource,
      'https://as.example/oauth-authorization-server/tenant': { issuer: as, ...s256, ...endpoints },
    })
    expect(authorization).toContain(told)
    expect(asked.at(-1)).toBe('https://as.example/oauth-authorization-server/tenant')
  })

  it.each<readonly [title: string, documents: Record<string, Params>, last: string]>([
    ['no metadata', {}, '-metadata It publishes no'],
    [
      'metadata of another resource',
      { 'https://mcp.example/oauth-protected-resource': { ...resource, resource: 'https://mcp.example/file' } },
      '-metadata Its protected-resource metadata is about another resource',
    ],
    [
      'no authorization server',
      { 'https://mcp.example/oauth-protected-resource': { resource: 'https://mcp.example/' } },
      '-metadata Its protected-resource metadata names no',
    ],
    [
      'another issuer',
      {
        'https://mcp.example/oauth-protected-resource': resource,
        'https://as.example/oauth-authorization-server/tenant': { issuer: `${as}/`, ...s256 },
      },
      '-registration The authorization server’s metadata names another issuer',
    ],
    [
      'no PKCE',
      {
        'https://mcp.example/oauth-protected-resource': resource,
        'https://as.example/oauth-authorization-server/tenant': { issuer: as, registration_endpoint: 'https://x' },
      },
      '-registration The authorization server does not announce PKCE',
    ],
    [
      'no registration',
      {
        'https://mcp.example/oauth-protected-resource': resource,
        'https://as.example/oauth-authorization-server/tenant': { issuer: as, ...s256 },
      },
      '-registration The authorization server registers no client by itself',
    ],
  ])('says so where there is %s', async (_title, documents, last) => {
    expect((await discover(documents)).told.at(-1)).toContain(last)
  })

  it('needs no registration where a client is configured', async () => {
    const { told } = await discover(
      {
        'https://mcp.example/oauth-protected-resource': resource,
        'https://as.example/oauth-authorization-server/tenant': { issuer: as, ...s256 },
      },
      true,
    )
    expect(told.at(-1)).toContain('+registration')
  })
})
