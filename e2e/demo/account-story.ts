/** The second half: a server that wants each user’s own OAuth token, and a provider that gives it once the user agrees. */
import type { Issuance } from '../../gateway-core/contract/issuance.js'
import { startTokenServer } from '../peers/token-server.js'
import { callAsAgent, explainLastCall, print, type ControlApi, type Ready } from './story.js'

interface Account {
  readonly id: string
  readonly issuer: string
  readonly scopes: readonly string[]
  readonly status: string
}

/** @throws Error where the server did not get the user’s token */
export async function tellOfAccounts(ready: Ready, api: ControlApi, key: string): Promise<void> {
  const { startOAuthProvider, visit } = await quietly(() => import('../peers/oauth-provider.js'))
  const provider = await quietly(() => startOAuthProvider())
  const server = await startTokenServer(provider.origin)
  try {
    print(
      `6. A second server runs at ${server.url}. It wants an access token of the user, and names its OAuth provider.`,
    )
    print(
      `7. The provider runs at ${provider.origin}: PKCE required, rotating refresh tokens, clients register themselves.`,
    )
    await api('PUT', '/servers/directory', {
      url: server.url,
      app_auth: { type: 'oauth2_authorization_code' },
      restricted_inbound_headers: ['x-internal-*'],
    })
    print(
      '8. It is registered as "directory": app auth oauth2_authorization_code. Endpoints and client are found when needed.',
    )
    const asked = await callAsAgent(ready, key, 'directory', 'whoami', {})
    const link = /http:\S+/.exec(asked)?.[0] ?? ''
    print('9. The agent calls the tool "whoami". Nothing is sent; in its chat it gets:')
    print(asked.replace(/^/gm, '     ').replace(/(ticket=.{4})\S+/, '$1…'))
    const page = await quietly(() => visit(link, { user: 'ada@provider' }))
    if (page.status !== 200) throw new Error(`the account was not connected: ${page.text}`)
    const { items } = await api<{ items: Account[] }>('GET', '/accounts')
    const [account] = items
    print(
      `10. Ada opens the link, signs in and agrees. The account ${account?.id ?? ''} is ${account?.status ?? 'missing'}, for ${account?.scopes.join(' ') ?? ''}.`,
    )
    const answer = await callAsAgent(ready, key, 'directory', 'whoami', {})
    print(`11. The agent makes the same call again and gets: ${answer}\n`)
    if (!answer.includes('ada@provider')) throw new Error('the server did not get the user’s token')
    await explainLastCall(api, 'directory', 'whoami')
    print('\nTokens that the gateway obtained')
    for (const { grantType, subject, audience, scopes } of (await api<{ items: Issuance[] }>('GET', '/issuances'))
      .items)
      print(`  ${grantType}: subject ${subject}, audience ${String(audience)}, scopes ${scopes.join(' ')}`)
    print('The server got Ada’s own token. The agent never had it, and this report does not hold it.')
  } finally {
    await server.close()
    await provider.close()
  }
}

/** The provider's package says on the console what its makers would have production do. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { info, warn } = console
  Object.assign(console, { info: () => undefined, warn: () => undefined })
  try {
    return await work()
  } finally {
    Object.assign(console, { info, warn })
  }
}
