import { describe, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { readProfile, type ReadProfile } from './read-profile.js'

function read(value: unknown, name?: string): ReadProfile {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return readProfile({ text, format: 'json', ...(name === undefined ? {} : { name }) }, { allowPolicyPaths: false })
}

function errorsOf(value: unknown): readonly string[] {
  try {
    read(value)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'profile_invalid')
      return (error.errors ?? []).map(({ path, line, message }) => `${line}: ${path}: ${message}`)
    throw error
  }
  return []
}

describe('ContextForge gateway records', () => {
  const oauth = {
    name: 'GitHub MCP',
    url: 'https://github-mcp.example.com/sse',
    auth_type: 'oauth',
    oauth_config: {
      grant_type: 'authorization_code',
      client_id: 'your_github_app_id',
      client_secret: 'your_github_app_secret',
      authorization_url: 'https://github.com/login/oauth/authorize',
      token_url: 'https://github.com/login/oauth/access_token',
      redirect_uri: 'https://gateway.example.com/oauth/callback',
      scopes: ['repo', 'read:user'],
    },
  }

  it('become a profile named after the record', () => {
    const { profile, literalSecrets, warnings } = read(oauth)
    expect(profile).toEqual({
      gatehouse: 1,
      name: 'github-mcp',
      mcpServers: {
        'github-mcp': {
          url: 'https://github-mcp.example.com/sse',
          transport: 'sse',
          app_auth: {
            type: 'oauth2_authorization_code',
            client_id: 'your_github_app_id',
            client_secret: { secret: 'github-mcp-client-secret' },
            authorization_url: 'https://github.com/login/oauth/authorize',
            token_url: 'https://github.com/login/oauth/access_token',
            scopes: ['repo', 'read:user'],
          },
        },
      },
    })
    expect(literalSecrets).toEqual([{ name: 'github-mcp-client-secret', value: 'your_github_app_secret' }])
    expect(warnings).toEqual([
      'line 11: oauth_config.redirect_uri: is not carried over: the provider must know the gateway’s own /oauth/callback',
    ])
  })

  const url = 'https://a.example.com/mcp'
  it.each([
    [{ auth_type: 'none' }, {}],
    [
      { auth_type: 'bearer', auth_token: 't-1' },
      { app_auth: { type: 'bearer', token: { secret: 'x-authorization' } } },
    ],
    [
      { auth_type: 'basic', auth_username: 'me', auth_password: 'pw' },
      { app_auth: { type: 'basic', username: 'me', password: { secret: 'x-password' } } },
    ],
    [
      { auth_type: 'authheaders', auth_header_key: 'X-Key', auth_header_value: 'v' },
      { outbound_headers: [{ type: 'custom', header: 'X-Key', value: { secret: 'x-x-key' } }] },
    ],
    [
      {
        auth_type: 'authheaders',
        auth_headers: [
          { key: 'X-A', value: '1' },
          { key: 'X-B', value: '2' },
        ],
      },
      {
        outbound_headers: [
          { type: 'custom', header: 'X-A', value: { secret: 'x-x-a' } },
          { type: 'custom', header: 'X-B', value: { secret: 'x-x-b' } },
        ],
      },
    ],
    [
      {
        auth_type: 'oauth',
        oauth_config: {
          grant_type: 'client_credentials',
          client_id: 'c',
          client_secret: 's',
          token_url: 'https://as.example.com/t',
          scopes: 'a b',
        },
      },
      {
        app_auth: {
          type: 'oauth2_client_credentials',
          client_id: 'c',
          token_url: 'https://as.example.com/t',
          client_secret: { secret: 'x-client-secret' },
          scopes: ['a', 'b'],
        },
      },
    ],
    [{ transport: 'SSE' }, { transport: 'sse' }],
    [{ transport: 'STREAMABLEHTTP', enabled: false }, { enabled: false }],
  ])('read %j', (record, expected) => {
    const { profile } = read([{ name: 'X', url, ...record }])
    expect(profile).toEqual({ gatehouse: 1, name: 'imported', mcpServers: { x: { url, ...expected } } })
  })

  it('make references of masked values', () => {
    const { profile, literalSecrets, warnings } = read({ name: 'X', url, auth_type: 'bearer', auth_token: '*****' })
    expect(profile.mcpServers?.['x']).toMatchObject({ app_auth: { token: { secret: 'x-authorization' } } })
    expect(literalSecrets).toEqual([])
    expect(warnings).toEqual(['line 5: auth_token: the value is masked in this file: set the secret x-authorization'])
  })

  it('report faults at the record’s own keys', () => {
    expect(errorsOf([{ name: 'X', url: 'nothing', auth_type: 'magic' }])).toEqual([
      '4: [0].url: expected an absolute http: or https: URL',
      '5: [0].auth_type: expected one of "none", "basic", "bearer", "authheaders", "query_param", "oauth"; found "magic"',
    ])
  })
})
