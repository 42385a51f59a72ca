import { describe, expect, it } from 'vitest'
import { commandDigest } from './command-digest.js'
import { diffProfile } from './diff-profile.js'

const url = 'https://a.example.com/mcp'

describe('the changes between two contents of a profile', () => {
  it('are the profile itself and all it holds where there was none', () => {
    expect(
      diffProfile('x', undefined, { settings: { oauth: { callback_host: 'localhost' } }, servers: { a: { url } } }),
    ).toEqual([
      { kind: 'profile', path: 'name', change: 'added', after: 'x' },
      { kind: 'oauth', path: 'oauth', change: 'added', after: { callback_host: 'localhost' } },
      { kind: 'server', path: 'mcpServers.a', change: 'added', after: { url } },
    ])
  })

  it('are what was added, changed and removed, servers by slug', () => {
    const before = { settings: { shield: { enabled: true } }, servers: { c: { url }, a: { url }, b: { url } } }
    const after = { settings: {}, servers: { d: { url }, a: { url, enabled: false }, b: { url } } }
    expect(diffProfile('x', before, after)).toEqual([
      { kind: 'shield', path: 'shield', change: 'removed', before: { enabled: true } },
      { kind: 'server', path: 'mcpServers.a', change: 'changed', before: { url }, after: { url, enabled: false } },
      { kind: 'server', path: 'mcpServers.c', change: 'removed', before: { url } },
      { kind: 'server', path: 'mcpServers.d', change: 'added', after: { url } },
    ])
  })

  it('are none where only the order of keys differs', () => {
    const before = { settings: {}, servers: { a: { url, enabled: true } } }
    expect(diffProfile('x', before, { settings: {}, servers: { a: { enabled: true, url } } })).toEqual([])
  })
})

describe('the digest of a command', () => {
  const server = { command: 'npx', args: ['-y', 'x'], env: { A: '1', B: { secret: 's' } } }

  it('stays where the values of the environment change, or their order', () => {
    expect(commandDigest({ ...server, env: { B: '2', A: '3' } })).toBe(commandDigest(server))
    expect(commandDigest({ ...server, description: 'd', enabled: false })).toBe(commandDigest(server))
  })

  it.each([
    [{ command: 'npm' }],
    [{ args: ['-y'] }],
    [{ args: ['-y x'] }],
    [{ args: ['-y', { secret: 'x' }] }],
    [{ env: { A: '1' } }],
    [{ env: { A: '1', B: '1', C: '1' } }],
    [{ cwd: '/tmp' }],
  ])('changes with %j', (change) => {
    expect(commandDigest({ ...server, ...change })).not.toBe(commandDigest(server))
  })
})
