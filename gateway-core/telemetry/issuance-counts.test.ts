import { expect, it } from 'vitest'
import type { Caller } from '../contract/caller.js'
import { renderMetrics } from '../data-port/metrics.js'
import { createIssuanceCounts } from './issuance-counts.js'
import { userAccounts } from './user-accounts.js'

const caller = (subject: string, issuer?: string): Caller => ({ id: 'x', subject, issuer, method: 'oauth' })

it('tokens are counted by grant and user, and users beyond a bound as one', () => {
  const counts = createIssuanceCounts()
  counts.note({ grantType: 'refresh_token', caller: caller('ada') })
  counts.note({ grantType: 'refresh_token', caller: caller('ada') })
  counts.note({ grantType: 'refresh_token', caller: caller('ada', 'https://idp.example') })
  counts.note({ grantType: 'urn:ietf:params:oauth:grant-type:token-exchange', caller: caller('ada') })
  for (let n = 0; n < 1000; n++) counts.note({ grantType: `made-up-${n}`, caller: caller(`user-${n}`) })
  const lines = renderMetrics([counts.family()]).split('\n')
  expect(lines).toContain('gatehouse_issuances_total{grant="refresh_token",subject="ada"} 2')
  expect(lines).toContain('gatehouse_issuances_total{grant="refresh_token",subject="https://idp.example#ada"} 1')
  expect(lines).toContain('gatehouse_issuances_total{grant="token_exchange",subject="ada"} 1')
  expect(lines).toContain('gatehouse_issuances_total{grant="other",subject="other"} 803')
  expect(lines.length).toBeLessThan(210)
})

it('accounts are counted by user and status, and users beyond a bound as one', () => {
  const connected = Array.from({ length: 300 }, (_, n) => ({ subject: `user-${n}`, status: 'connected' }))
  const text = renderMetrics([userAccounts([{ subject: 'ada', status: 'sign_in_needed' }, ...connected])])
  expect(text).toContain('gatehouse_user_accounts{subject="ada",status="sign_in_needed"} 1\n')
  expect(text).toContain('gatehouse_user_accounts{subject="other",status="connected"} 101\n')
})
