import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../../registry/create-registry.js'
import type { RegisteredServer } from '../../../registry/registry.js'
import { createTestVault } from '../../../registry/test-vault.js'
import type { Account } from '../../../vault/account-store.js'
import { lackingAccounts } from '../lacking-accounts.js'

const account = (change: Partial<Account>): Account => ({
  ...{ id: 'a', server: 'own', subject: 'local', destination: 'https://s.example', issuer: 'https://as.example' },
  ...{ client: { id: 'c', registration: 'static', redirectUri: '' }, tokenUrl: '', resource: '', scopes: [] },
  ...{ generation: 1, status: 'connected', createdAt: '2026-01-01', updatedAt: '2026-01-01' },
  ...change,
})

async function servers(): Promise<readonly RegisteredServer[]> {
  const registry = createRegistry({ vault: createTestVault() })
  const oauth = { type: 'oauth2_authorization_code' }
  const url = 'https://s.example/mcp'
  return Promise.all([
    registry.putServer('own', { url, app_auth: oauth }),
    registry.putServer('shared', { url, app_auth: { ...oauth, per: 'organization' } }),
    registry.putServer('tool', { url, tools: { t: { app_auth: oauth } } }),
    registry.putServer('none', { url }),
  ])
}

describe('a subject without a usable account', () => {
  const none = 'No account is connected yet.'
  it.each([
    ['none', [], { own: none, shared: none }],
    ['own', [account({})], { own: undefined, shared: none }],
    ['of the organization', [account({ server: 'shared', subject: '' })], { own: none, shared: undefined }],
    ['of others', [account({ subject: 'bob' }), account({ server: 'shared' })], { own: none, shared: none }],
    ['for a tool', [account({ clientKey: 'x' })], { own: none, shared: none }],
    ['that was withdrawn', [account({ status: 'sign_in_needed', reason: 'gone' })], { own: 'gone', shared: none }],
    [
      'for another address',
      [account({ destination: 'https://old.example' })],
      { own: expect.stringContaining('another address') as string, shared: none },
    ],
    [
      'of which the chosen one counts',
      [account({}), account({ id: 'b', label: 'work', isDefault: true, status: 'sign_in_needed', reason: 'gone' })],
      { own: 'gone', shared: none },
    ],
  ])('accounts %s', async (_which, list, expected) => {
    const lacking = await lackingAccounts(await servers(), 'local', { list: async () => list })
    expect(Object.fromEntries(lacking)).toEqual(expected)
  })
})
