import { describe, expect, it } from 'vitest'
import { deepLinkIn, parseDeepLink } from './parse-deep-link.js'

describe('parseDeepLink', () => {
  it.each([
    [
      'gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com%2Fmcp',
      { page: 'add-server', url: 'https://mcp.example.com/mcp' },
    ],
    [
      'gatehouse://v1/servers/add?url=http://127.0.0.1:3000/mcp',
      { page: 'add-server', url: 'http://127.0.0.1:3000/mcp' },
    ],
    ['gatehouse://v1/inspect/req_01J-a.b', { page: 'exchange', id: 'req_01J-a.b' }],
    ['gatehouse://v1/settings/security', { page: 'settings', section: 'security' }],
  ])('opens a page for review: %s', (link, target) => {
    expect(parseDeepLink(link)).toEqual({ accepted: true, target })
  })

  it.each([
    'gatehouse://v1/servers/add?url=https%3A%2F%2Fuser:planted-secret@mcp.example.com',
    'gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com%2F%3Fapi_key%3Dplanted-secret',
    'gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com%2F%23token%3Dplanted-secret',
    'gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com&token=planted-secret',
    'gatehouse://user:planted-secret@v1/settings/general',
    'gatehouse://v1/settings/general#planted-secret',
  ])('refuses one that carries a secret, and does not repeat it: %s', (link) => {
    const parsed = parseDeepLink(link)
    expect(parsed.accepted).toBe(false)
    expect(JSON.stringify(parsed)).not.toContain('planted-secret')
  })

  it.each([
    '',
    'https://v1/servers/add?url=https%3A%2F%2Fmcp.example.com',
    'gatehouse://v2/settings/general',
    'gatehouse://v1/servers/add',
    'gatehouse://v1/servers/add?url=javascript:alert(1)',
    'gatehouse://v1/servers/add?url=file:///etc/passwd',
    'gatehouse://v1/servers/add?url=https://a.example&url=https://b.example',
    'gatehouse://v1/servers/add?command=calc',
    'gatehouse://v1/servers/run?url=https://a.example',
    'gatehouse://v1/inspect/a/b',
    'gatehouse://v1/inspect/a%2Fb',
    'gatehouse://v1/settings/Security%20',
    'gatehouse://v1/settings/__proto__',
  ])('refuses what is no page: %s', (link) => {
    expect(parseDeepLink(link).accepted).toBe(false)
  })
})

it.each([
  ['id', `gatehouse://v1/inspect/${'a'.repeat(129)}`],
  ['link', `gatehouse://v1/settings/general?${'a'.repeat(5000)}`],
])('refuses a %s without end', (_what, link) => {
  expect(parseDeepLink(link).accepted).toBe(false)
})

it('deepLinkIn finds the link among arguments', () => {
  expect(deepLinkIn(['gatehouse', '--hidden', 'GATEHOUSE://v1/settings/general'])).toBe(
    'GATEHOUSE://v1/settings/general',
  )
  expect(deepLinkIn(['gatehouse', 'https://example.com'])).toBeUndefined()
})
