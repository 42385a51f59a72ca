import { describe, expect, it } from 'vitest'
import { mayNavigate, mayRequest, mayUse } from './navigation-rules.js'

const origin = 'http://127.0.0.1:4284'

describe('the window', () => {
  it.each([`${origin}/`, `${origin}/servers/x?tab=1#a`])('may go to %s', (url) => {
    expect(mayNavigate(url, origin)).toBe(true)
    expect(mayNavigate(url, undefined)).toBe(false)
  })

  it.each([
    'http://127.0.0.1:4283/',
    'http://127.0.0.1:4284.evil.example/',
    'http://127.0.0.1:4284@evil.example/',
    'https://127.0.0.1:4284/',
    'http://localhost:4284/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'about:blank',
    'gatehouse://v1/settings/general',
    'not a url',
  ])('may not go to %s', (url) => {
    expect(mayNavigate(url, origin)).toBe(false)
    expect(mayRequest(url, origin)).toBe(false)
  })

  it('may not go to data: documents, but may show data: images', () => {
    expect(mayNavigate('data:text/html,x', origin)).toBe(false)
    expect(mayRequest('data:image/png;base64,x', origin)).toBe(true)
  })

  it.each(['media', 'geolocation', 'notifications', 'hid', 'clipboard-read', 'openExternal', 'fullscreen'])(
    'may not use %s',
    (permission) => {
      expect(mayUse(permission, `${origin}/`, origin)).toBe(false)
    },
  )

  it('may copy, from the page only', () => {
    expect(mayUse('clipboard-sanitized-write', `${origin}/`, origin)).toBe(true)
    expect(mayUse('clipboard-sanitized-write', 'https://evil.example/', origin)).toBe(false)
  })
})
