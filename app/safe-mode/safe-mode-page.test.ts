import { describe, expect, it } from 'vitest'
import { reasonFor, safeModeAction, safeModeUrl, startsSafely } from './safe-mode-page.js'

const documentOf = (url: string): string => decodeURIComponent(url.slice('data:text/html;charset=utf-8,'.length))

describe('the safe-mode page', () => {
  it('shows what the gateway said as text, whatever it said', () => {
    const html = documentOf(safeModeUrl(reasonFor(['<img src=x onerror=alert(1)>', '</pre><script>alert(1)</script>'])))
    expect(html).not.toMatch(/<img|<script/)
    expect(html).toContain('&#60;script&#62;')
    expect(html).toContain("default-src 'none'")
  })

  it('offers other ports where one is taken, and the log where nobody knows', () => {
    const line = 'Port 4283 is taken by nginx (process 12). Stop that program.'
    expect(reasonFor(['{"level":30}', line])).toMatchObject({ lines: [line], actions: ['retry', 'free-ports', 'quit'] })
    expect(reasonFor(['SyntaxError']).actions).toContain('logs')
    expect(reasonFor(['A gateway runs for /data already, as process 7.']).actions).toEqual(['retry', 'quit'])
  })

  it('knows its own links and no others', () => {
    expect(safeModeAction('gatehouse-app:retry')).toBe('retry')
    for (const url of ['gatehouse-app:toString', 'gatehouse-app:', 'https://example.com/', 'gatehouse://v1/retry'])
      expect(safeModeAction(url)).toBeUndefined()
  })
})

it('three starts that came to nothing make the next a safe one', () => {
  expect([0, 1, 2, 3, 4].map(startsSafely)).toEqual([false, false, false, true, true])
})
