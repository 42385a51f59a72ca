import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectTarget, Provider } from '../connect-target.js'
import { checkEndpoint, requirePkce, resourceOf } from '../connect-target.js'
import { findClient } from '../find-client.js'
import { openRecordsStore, type RecordsStore } from './records-store.js'

const redirectUri = 'http://127.0.0.1:4283/oauth/callback'
const documentUrl = 'https://team.example/client.json'

let store: RecordsStore
let registrations: Record<string, unknown>[]
beforeEach(() => {
  store = openRecordsStore()
  registrations = []
})
afterEach(() => store.close())

type Auth = Omit<ConnectTarget['auth'], 'type'>

function find(auth: Auth, metadata: Partial<Provider['metadata']>, clientMetadataUrl?: string) {
  const target: ConnectTarget = {
    slug: 'files',
    serverUrl: 'https://mcp.example/mcp',
    auth: { type: 'oauth2_authorization_code', ...auth },
    clientMetadataUrl,
    redirectUri,
  }
  const provider: Provider = {
    metadata: { issuer: 'https://as.example', ...metadata },
    isDiscovered: true,
    resource: 'https://mcp.example/mcp',
    resourceScopes: undefined,
    challengeScopes: undefined,
  }
  return findClient(target, provider, store, async (_url, { body }) => {
    registrations.push(JSON.parse(String(body)) as Record<string, unknown>)
    return Response.json({ client_id: `dcr-${registrations.length}` }, { status: 201 })
  })
}

const all = { client_id_metadata_document_supported: true, registration_endpoint: 'https://as.example/register' }

describe('the client that the gateway is to a provider', () => {
  it('is the one that is configured, before any other', async () => {
    expect(await find({ client_id: 'mine' }, all, documentUrl)).toMatchObject({ id: 'mine', registration: 'static' })
  })

  it('is then its metadata document, where the provider takes one', async () => {
    expect(await find({}, all, documentUrl)).toMatchObject({ id: documentUrl, registration: 'cimd' })
    const { registration_endpoint } = all
    expect(await find({}, { registration_endpoint }, documentUrl)).toMatchObject({ registration: 'dcr' })
  })

  it('is then registered, as a native one with refresh tokens, once for each issuer', async () => {
    expect(await find({}, all)).toMatchObject({ id: 'dcr-1', registration: 'dcr', redirectUri })
    expect(await find({}, all)).toMatchObject({ id: 'dcr-1' })
    expect(await find({}, { ...all, issuer: 'https://other.example' })).toMatchObject({ id: 'dcr-2' })
    expect(registrations[0]).toMatchObject({
      application_type: 'native',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    })
  })

  it('is registered anew where nobody has used it for a while: the provider may have forgotten it', async () => {
    await store.clients.put({
      issuer: 'https://as.example',
      redirectUri,
      clientId: 'old',
      authMethod: 'none',
      registeredAt: '2026-01-01T00:00:00.000Z',
    })
    expect(await find({}, all)).toMatchObject({ id: 'dcr-1' })
  })

  it('is asked of a person where there is no other way', async () => {
    await expect(find({}, {})).rejects.toMatchObject({
      code: 'token_endpoint_failed',
      fix: expect.stringContaining(redirectUri),
    })
    await expect(find({ registration: 'static' }, all)).rejects.toMatchObject({ code: 'token_endpoint_failed' })
  })

  it('is the kind that the configuration names', async () => {
    expect(await find({ client_id: 'mine', registration: 'dcr' }, all)).toMatchObject({ registration: 'dcr' })
    expect(await find({ registration: 'cimd' }, {}, documentUrl)).toMatchObject({ registration: 'cimd' })
  })
})

describe('what a provider names', () => {
  it.each([
    'http://as.example/auth',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://a:b@as.example/',
    'x',
    undefined,
  ])('is nowhere to send anybody: %s', (url) => {
    expect(() => checkEndpoint(url, 'authorization endpoint')).toThrow('The provider')
  })

  it.each(['https://as.example/auth', 'http://127.0.0.1:1/auth', 'http://[::1]:1/auth'])('may be %s', (url) => {
    expect(checkEndpoint(url, 'authorization endpoint').href).toBe(url)
  })

  it.each([undefined, [], ['plain'], ['s256']])('is no PKCE with S256: %j', (methods) => {
    const metadata = { issuer: 'https://as.example', ...(methods && { code_challenge_methods_supported: methods }) }
    expect(() => requirePkce(metadata)).toThrow('PKCE')
  })
})

it.each([
  ['https://mcp.example', 'https://mcp.example'],
  ['https://mcp.example/', 'https://mcp.example'],
  ['https://mcp.example/mcp?x=1#y', 'https://mcp.example/mcp?x=1'],
])('the resource of %s is %s', (serverUrl, resource) => {
  expect(resourceOf({ serverUrl, auth: { type: 'oauth2_authorization_code' } })).toBe(resource)
})
