import { describe, expect, it } from 'vitest'
import { serverSchema } from './profile.js'

const url = 'https://server.example/mcp'
const client = { client_id: 'c', token_url: 'https://as.example/token' }

function faults(config: object): readonly string[] {
  const parsed = serverSchema.safeParse({ url, ...config })
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

describe('a client of a token endpoint', () => {
  it('has the secret that it proves itself with', () => {
    const without = { type: 'oauth2_client_credentials', ...client }
    expect(faults({ app_auth: without })).toEqual([])
    expect(faults({ app_auth: { ...without, client_auth: 'private_key_jwt' } })).toEqual(['app_auth.private_key'])
    expect(faults({ app_auth: { ...without, client_auth: 'client_secret_post' } })).toEqual(['app_auth.client_secret'])
    const key = { client_auth: 'private_key_jwt', private_key: { secret: 'key' } }
    expect(faults({ app_auth: { ...without, ...key } })).toEqual([])
    const header = { ...client, type: 'token_exchange', header: 'x-user', client_auth: 'client_secret_basic' }
    expect(faults({ outbound_headers: [header] })).toEqual(['outbound_headers.0.client_secret'])
    const tool = { app_auth: { ...without, client_auth: 'private_key_jwt' } }
    expect(faults({ tools: { purge: tool } })).toEqual(['tools.purge.app_auth.private_key'])
  })

  it('names a resource, or none on purpose', () => {
    const own = { type: 'oauth2_client_credentials', ...client }
    for (const resource of ['https://backend.internal/api', false])
      expect(faults({ app_auth: { ...own, resource } })).toEqual([])
    for (const resource of [true, 'backend', '', 'https://a.example/#x'])
      expect(faults({ app_auth: { ...own, resource } })).toEqual(['app_auth.resource'])
  })

  it.each(['http://as.example/token', 'https://user:pw@as.example/token', 'file:///token'])(
    'sends nothing to %s',
    (address) => {
      const own = { type: 'oauth2_client_credentials', ...client, token_url: address }
      expect(new Set(faults({ app_auth: own }))).toEqual(new Set(['app_auth.token_url']))
    },
  )
})
