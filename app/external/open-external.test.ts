import { describe, expect, it } from 'vitest'
import { checkExternal, openExternal } from './open-external.js'

describe('openExternal', () => {
  it.each([
    ['https://github.com/login/oauth/authorize?state=x', 'https://github.com/login/oauth/authorize?state=x'],
    ['http://127.0.0.1:4284/', 'http://127.0.0.1:4284/'],
    ['http://localhost:9000/a', 'http://localhost:9000/a'],
    ['http://[::1]:9000/a', 'http://[::1]:9000/a'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('opens %s', async (text, url) => {
    const opened: string[] = []
    await openExternal(text, async (given) => void opened.push(given))
    expect(opened).toEqual([url])
  })

  it.each([
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost@example.com/',
    'https://user:password@example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'vscode://x',
    'ms-msdt:/id',
    'smb://host/share',
    '\\\\host\\share',
    'https://example.com/\n$(calc)',
    ' https://example.com/',
    'https:\\\\example.com',
    '$(calc)',
    '',
    'C:\\Windows\\System32\\calc.exe',
    `https://example.com/${'a'.repeat(9000)}`,
  ])('opens nothing for %j', async (text) => {
    const opened: string[] = []
    await expect(openExternal(text, async (given) => void opened.push(given))).rejects.toThrow(/./)
    expect(opened).toEqual([])
    expect(checkExternal(text).allowed).toBe(false)
  })
})
