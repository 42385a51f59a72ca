import { expect, it } from 'vitest'
import { severalAccounts } from './several-accounts.js'

const accounts = [
  { server: 'mail', subject: 'ada', label: 'work' },
  { server: 'mail', subject: 'ada' },
  { server: 'mail', subject: 'bob', label: 'other' },
  { server: 'files', subject: 'ada' },
]

it('offers a choice where there is one, of the subject alone', () => {
  expect(severalAccounts({ subject: 'ada' }, accounts)).toEqual([
    { server: 'mail', labels: ['', 'work'], chosen: undefined },
  ])
  expect(severalAccounts({ subject: 'bob' }, accounts)).toEqual([])
})

it('follows how far the key reaches, and what was chosen', () => {
  expect(severalAccounts({ subject: 'ada', servers: ['files'] }, accounts)).toEqual([])
  expect(severalAccounts({ subject: 'ada', accounts: { mail: 'work' } }, accounts)[0]?.chosen).toBe('work')
})
