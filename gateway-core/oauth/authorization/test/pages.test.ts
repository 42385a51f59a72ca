import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../contract/errors.js'
import { unexpectedAnswer, wrongIssuer } from '../diagnose-sign-in.js'
import { outcomePage, ticketPage } from '../outcome-pages.js'
import { page } from '../../../browser-page.js'

describe('a page', () => {
  it('shows text as text', () => {
    const { body } = page(200, '<script>alert(1)</script>', ['"a" & <img src=x onerror=alert(1)>', 'x\u202Ey\u0000'])
    expect(['<script', '<img', '\u202E', '\u0000'].filter((part) => body.includes(part))).toEqual([])
    expect(body).toContain('&#60;script&#62;')
  })

  it('runs no script, is in no frame, and is kept nowhere', () => {
    const { headers } = page(200, 'x', [])
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  it.each([
    [{ kind: 'unknown_state', diagnosis: unexpectedAnswer(undefined) } as const, 400],
    [{ kind: 'wrong_issuer', slug: 'x', diagnosis: wrongIssuer('https://as.example', undefined) } as const, 400],
    [{ kind: 'failed', slug: 'x', error: new GatewayError('token_endpoint_failed') } as const, 200],
  ])('of %j has status %i', (outcome, status) => {
    expect(outcomePage(outcome).status).toBe(status)
  })

  it('sends the browser on to the provider, or says why not', async () => {
    const begun = { authorizationUrl: 'https://as.example/auth?x=1', attemptId: 'a', expiresAt: '' }
    expect(await ticketPage('x', async () => begun)).toMatchObject({
      status: 302,
      headers: { location: begun.authorizationUrl, 'referrer-policy': 'no-referrer' },
    })
    expect((await ticketPage('x', undefined)).status).toBe(400)
    const failing = () => Promise.reject(new GatewayError('token_endpoint_failed', { detail: 'because' }))
    const failed = await ticketPage('x', failing)
    expect([failed.status, failed.body.includes('because')]).toEqual([502, true])
  })
})
