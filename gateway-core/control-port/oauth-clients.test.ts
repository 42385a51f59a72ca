import { expect, it } from 'vitest'
import { oauthClients } from './oauth-clients.js'

const redirectUri = 'http://127.0.0.1:4283/oauth/callback'
const registered = {
  issuer: 'https://a.example',
  clientId: 'dcr-1',
  redirectUri,
  authMethod: 'none',
  registeredAt: '2026-11-21T00:00:00.000Z',
} as const

it('joins what was registered with what accounts use, and names each server once', () => {
  const own = { id: 'dcr-1', registration: 'dcr', redirectUri } as const
  const typed = { id: 'typed', registration: 'static', redirectUri } as const
  const clients = oauthClients(
    [
      { issuer: 'https://b.example', client: typed, server: 'mail' },
      { issuer: 'https://a.example', client: own, server: 'files' },
      { issuer: 'https://a.example', client: own, server: 'files' },
      { issuer: 'https://a.example', client: own, server: 'docs' },
    ],
    [registered, { ...registered, clientId: 'dcr-2' }],
  )
  expect(clients.map(({ clientId, registration, servers }) => [clientId, registration, servers])).toEqual([
    ['dcr-1', 'dcr', ['docs', 'files']],
    ['dcr-2', 'dcr', []],
    ['typed', 'static', ['mail']],
  ])
  expect(clients[0]).toMatchObject({ registeredAt: registered.registeredAt, redirectUri })
})
