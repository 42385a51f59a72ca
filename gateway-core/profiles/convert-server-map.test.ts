import { describe, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { readProfile, type ReadProfile } from './read-profile.js'

function read(value: unknown, name?: string): ReadProfile {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return readProfile({ text, format: 'json', ...(name === undefined ? {} : { name }) }, { allowPolicyPaths: false })
}

function readServer(entry: unknown): ReadProfile & { server: unknown } {
  const result = read({ mcpServers: { gh: entry } })
  return { ...result, server: result.profile.mcpServers?.['gh'] }
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

describe('mcpServers of the Highflame seed', () => {
  it('is read as it stands', () => {
    const text = `mcpServers:
  internal-search:
    url: http://internal-search.company.internal
    description: Internal search service
    auth_mode: internal
`
    const { profile, literalSecrets, warnings } = readProfile({ text, format: 'yaml' }, { allowPolicyPaths: false })
    expect(profile).toEqual({
      gatehouse: 1,
      name: 'imported',
      mcpServers: {
        'internal-search': {
          url: 'http://internal-search.company.internal',
          description: 'Internal search service',
          auth_mode: 'internal',
        },
      },
    })
    expect(literalSecrets).toEqual([])
    expect(warnings).toEqual([])
  })

  it('has its literal secrets moved to the vault', () => {
    const { server, literalSecrets } = readServer({
      url: 'https://a.example.com/mcp',
      app_auth: { type: 'bearer', token: 'plain-token' },
      outbound_headers: [{ type: 'custom', header: 'X-Team', value: 'blue' }],
    })
    expect(server).toEqual({
      url: 'https://a.example.com/mcp',
      app_auth: { type: 'bearer', token: { secret: 'gh-token' } },
      outbound_headers: [{ type: 'custom', header: 'X-Team', value: { secret: 'gh-x-team' } }],
    })
    expect(literalSecrets).toEqual([
      { name: 'gh-token', value: 'plain-token' },
      { name: 'gh-x-team', value: 'blue' },
    ])
  })
})

describe('mcpServers of Claude and Cursor over HTTP', () => {
  it('turns a literal Bearer into app auth and every other header value into a secret', () => {
    const { server, literalSecrets } = readServer({
      type: 'http',
      url: 'https://a.example.com/mcp',
      headers: { Authorization: 'Bearer tok-1', 'X-Team': 'blue' },
    })
    expect(server).toEqual({
      url: 'https://a.example.com/mcp',
      app_auth: { type: 'bearer', token: { secret: 'gh-authorization' } },
      outbound_headers: [{ type: 'custom', header: 'X-Team', value: { secret: 'gh-x-team' } }],
    })
    expect(literalSecrets).toEqual([
      { name: 'gh-authorization', value: 'tok-1' },
      { name: 'gh-x-team', value: 'blue' },
    ])
  })

  it('turns Basic into user name and secret password', () => {
    const { server, literalSecrets } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { authorization: `Basic ${Buffer.from('me:p:w').toString('base64')}` },
    })
    expect(server).toMatchObject({ app_auth: { type: 'basic', username: 'me', password: { secret: 'gh-password' } } })
    expect(literalSecrets).toEqual([{ name: 'gh-password', value: 'p:w' }])
  })

  it('keeps an Authorization of another scheme as one secret header', () => {
    const { server, literalSecrets } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { Authorization: 'Token abc' },
    })
    expect(server).toMatchObject({
      outbound_headers: [{ type: 'custom', header: 'Authorization', value: { secret: 'gh-authorization' } }],
    })
    expect(literalSecrets).toEqual([{ name: 'gh-authorization', value: 'Token abc' }])
  })

  it('takes user information and query keys out of the URL', () => {
    const basic = readServer({ url: 'https://me:p%40ss@a.example.com/mcp' })
    expect(basic.server).toEqual({
      url: 'https://a.example.com/mcp',
      app_auth: { type: 'basic', username: 'me', password: { secret: 'gh-password' } },
    })
    expect(basic.literalSecrets).toEqual([{ name: 'gh-password', value: 'p@ss' }])
    const query = readServer({
      url: 'https://a.example.com/mcp?region=eu&api_key=k-1',
      headers: { Authorization: 'Bearer t-1' },
    })
    expect(query.server).toEqual({
      url: 'https://a.example.com/mcp?region=eu',
      app_auth: { type: 'api_key', name: 'api_key', in: 'query', value: { secret: 'gh-api_key' } },
      outbound_headers: [
        { type: 'custom', header: 'Authorization', prefix: 'Bearer ', value: { secret: 'gh-authorization' } },
      ],
    })
  })

  it('says so where two query parameters look like credentials', () => {
    expect(errorsOf({ mcpServers: { gh: { url: 'https://a.example.com/mcp?key=a&token=b' } } })).toEqual([
      '4: mcpServers.gh.url: expected one credential in the query; found key, token',
    ])
  })

  it('drops headers that the gateway sends itself, and says so', () => {
    const { server, warnings } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { 'Content-Type': 'application/json', 'MCP-Protocol-Version': '2025-06-18' },
    })
    expect(server).toEqual({ url: 'https://a.example.com/mcp' })
    expect(warnings).toEqual([
      'line 6: mcpServers.gh.headers.Content-Type: is not carried over: the gateway sends its own',
      'line 7: mcpServers.gh.headers.MCP-Protocol-Version: is not carried over: the gateway sends its own',
    ])
  })

  it.each([
    [{ url: 'https://a.example.com/sse' }, 'sse'],
    [{ url: 'https://a.example.com/sse', type: 'http' }, undefined],
    [{ type: 'sse', url: 'https://a.example.com/mcp' }, 'sse'],
    [{ serverUrl: 'https://a.example.com/mcp' }, undefined],
    [{ httpUrl: 'https://a.example.com/sse' }, undefined],
    [{ type: 'streamableHttp', url: 'https://a.example.com/mcp' }, undefined],
  ])('reads the transport of %j', (entry, transport) => {
    expect(readServer(entry).profile.mcpServers?.['gh']?.transport).toBe(transport)
  })

  it('names what it does not carry over, with the line', () => {
    const { server, warnings } = readServer({
      url: 'https://a.example.com/mcp',
      disabled: true,
      timeout: 60,
      alwaysAllow: ['x'],
    })
    expect(server).toEqual({ url: 'https://a.example.com/mcp', enabled: false, timeout_ms: 60_000 })
    expect(warnings).toEqual([
      'line 7: mcpServers.gh.alwaysAllow: the key "alwaysAllow" is not carried over',
      'line 6: mcpServers.gh.timeout: read as seconds: timeout_ms is 60000',
    ])
  })

  it('makes slugs of names, and refuses two names of one slug', () => {
    const { profile } = read({ mcpServers: { ' My GitHub (work)!': { url: 'https://a.example.com/mcp' } } }, 'team')
    expect(profile.name).toBe('team')
    expect(Object.keys(profile.mcpServers ?? {})).toEqual(['my-github-work'])
    const url = 'https://a.example.com/mcp'
    expect(errorsOf({ mcpServers: { 'A b': { url }, 'a-b': { url } } })).toEqual([
      '6: mcpServers.a-b: "a-b" and "A b" both become the slug a-b: rename one of them',
    ])
  })
})

describe('variables', () => {
  it('become references to secrets, with the text before them as a prefix', () => {
    const { server, literalSecrets } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'v1 ${env:KEY}', 'X-In': '${input:my key}' },
    })
    expect(server).toMatchObject({
      app_auth: { type: 'bearer', token: { secret: 'TOKEN' } },
      outbound_headers: [
        { type: 'custom', header: 'X-Key', prefix: 'v1 ', value: { secret: 'KEY' } },
        { type: 'custom', header: 'X-In', value: { secret: 'my-key' } },
      ],
    })
    expect(literalSecrets).toEqual([])
  })

  it('warn of a default without showing it', () => {
    const { server, warnings } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { Authorization: 'Bearer ${TOKEN:-s3cret}' },
    })
    expect(server).toMatchObject({ app_auth: { token: { secret: 'TOKEN' } } })
    expect(warnings).toEqual([
      'line 6: mcpServers.gh.headers.Authorization: the default of ${TOKEN} is not carried over: set the secret TOKEN',
    ])
  })

  it.each([
    ['${A}${B}', 'expected one variable: several cannot be put together, so store the whole value as one secret'],
    ['${A} after', 'expected nothing after the variable: store the whole value as one secret'],
    ['${workspaceFolder}', 'expected a value in place of ${workspaceFolder}: only the editor knows what it stands for'],
  ])('cannot be used as %s', (value, message) => {
    expect(errorsOf({ mcpServers: { gh: { url: 'https://a.example.com/mcp', headers: { 'X-A': value } } } })).toEqual([
      `6: mcpServers.gh.headers.X-A: ${message}`,
    ])
  })

  it('have no place in a URL but as a credential', () => {
    expect(errorsOf({ mcpServers: { gh: { url: 'https://${HOST}/mcp' } } })).toHaveLength(1)
    expect(readServer({ url: 'https://a.example.com/mcp?token=${TOKEN}' }).server).toEqual({
      url: 'https://a.example.com/mcp',
      app_auth: { type: 'api_key', name: 'token', in: 'query', value: { secret: 'TOKEN' } },
    })
  })

  it('never share a name with a literal secret', () => {
    const { server, literalSecrets } = readServer({
      url: 'https://a.example.com/mcp',
      headers: { Authorization: 'Bearer literal', 'X-A': '${input:gh-authorization}' },
    })
    expect(server).toMatchObject({
      app_auth: { token: { secret: 'gh-authorization-2' } },
      outbound_headers: [{ value: { secret: 'gh-authorization' } }],
    })
    expect(literalSecrets).toEqual([{ name: 'gh-authorization-2', value: 'literal' }])
  })
})

describe('mcpServers that run a command', () => {
  it('keep plain values of the environment and send the others to the vault', () => {
    const { server, literalSecrets } = readServer({
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-github'],
      env: {
        GITHUB_TOKEN: 'abc',
        LOG_LEVEL: 'debug',
        PORT: 8080,
        NOTES: '/home/me/notes',
        API: 'https://api.example.com/v1',
        DSN_URL: 'https://me:pw@db.example.com/x',
        FROM: '${OUTSIDE}',
        ORGANIZATION: 'acme',
      },
    })
    expect(server).toEqual({
      transport: 'stdio',
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-github'],
      env: {
        GITHUB_TOKEN: { secret: 'gh-GITHUB_TOKEN' },
        LOG_LEVEL: 'debug',
        PORT: '8080',
        NOTES: '/home/me/notes',
        API: 'https://api.example.com/v1',
        DSN_URL: { secret: 'gh-DSN_URL' },
        FROM: { secret: 'OUTSIDE' },
        ORGANIZATION: { secret: 'gh-ORGANIZATION' },
      },
    })
    expect(literalSecrets.map(({ name }) => name)).toEqual(['gh-GITHUB_TOKEN', 'gh-DSN_URL', 'gh-ORGANIZATION'])
  })

  const github = `ghp_${'a1'.repeat(18)}`
  it.each([
    [['--api-key', 'abc'], ['--api-key', { secret: 'gh-api-key' }], 'abc'],
    [['--token=abc'], [{ secret: 'gh-token', prefix: '--token=' }], 'abc'],
    [['--accessToken', 'abc'], ['--accessToken', { secret: 'gh-accessToken' }], 'abc'],
    [
      ['--header', 'Authorization: Bearer abc'],
      ['--header', { secret: 'gh-authorization', prefix: 'Authorization: Bearer ' }],
      'abc',
    ],
    [['-e', 'GITHUB_TOKEN=abc'], ['-e', { secret: 'gh-GITHUB_TOKEN', prefix: 'GITHUB_TOKEN=' }], 'abc'],
    [[github], [{ secret: 'gh-arg-0' }], github],
    [[`x=${github}`], [{ secret: 'gh-arg-0', prefix: 'x=' }], github],
    [['postgres://me:pw@db/x'], [{ secret: 'gh-arg-0' }], 'postgres://me:pw@db/x'],
  ])('send the secret in %j to the vault, with a warning', (args, expected, value) => {
    const { server, literalSecrets, warnings } = readServer({ command: 'run', args })
    expect(server).toMatchObject({ args: expected })
    expect(literalSecrets.map((secret) => secret.value)).toEqual([value])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('other programs of this machine can read a secret in an argument')
    expect(warnings[0]).not.toContain(value)
  })

  it.each([
    [['-e', 'GITHUB_TOKEN']],
    [['--key', '/etc/ssl/key.pem']],
    [['--header', 'Accept: text/html']],
    [['--verbose', 'true']],
    [['-y', '@modelcontextprotocol/server-filesystem', '/home/me/notes']],
  ])('leave %j as it stands', (args) => {
    const { server, literalSecrets, warnings } = readServer({ command: 'run', args })
    expect(server).toMatchObject({ args })
    expect(literalSecrets).toEqual([])
    expect(warnings).toEqual([])
  })

  it('leave a variable that the entry’s own env sets to the program', () => {
    const { server } = readServer({
      command: 'npx',
      args: ['mcp-remote', '--header', 'Authorization:${AUTH}'],
      env: { AUTH: 'Bearer abc' },
    })
    expect(server).toMatchObject({
      args: ['mcp-remote', '--header', 'Authorization:${AUTH}'],
      env: { AUTH: { secret: 'gh-AUTH' } },
    })
  })
})

describe('servers of VS Code', () => {
  it('is read with comments, trailing commas and inputs', () => {
    const { profile, warnings, literalSecrets } = read(`{
  // what the team uses
  "servers": {
    "Team Search": {
      "type": "http",
      "url": "https://a.example.com/mcp", /* the one */
      "headers": { "Authorization": "Bearer \${input:search}", },
    },
    "local": { "type": "stdio", "command": "npx", "args": ["x"], "env": { "KEY": "\${input:search}" } },
  },
  "inputs": [{ "type": "promptString", "id": "search", "password": true, "default": "d" }],
}`)
    expect(profile.mcpServers).toEqual({
      'team-search': {
        url: 'https://a.example.com/mcp',
        app_auth: { type: 'bearer', token: { secret: 'search' } },
      },
      local: { transport: 'stdio', command: 'npx', args: ['x'], env: { KEY: { secret: 'search' } } },
    })
    expect(literalSecrets).toEqual([])
    expect(warnings).toEqual(['line 11: inputs[0].default: is not carried over: set the secret search'])
  })
})
