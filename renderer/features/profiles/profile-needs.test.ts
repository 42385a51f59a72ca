import { expect, it } from 'vitest'
import { profileNeeds } from './profile-needs.js'

it('finds every secret that is named, once, and every server that asks for an account', () => {
  expect(
    profileNeeds({
      gatehouse: 1,
      authentication: { sso: { client_secret: { secret: 'idp' } } },
      mcpServers: {
        github: { app_auth: { type: 'oauth2_authorization_code', client_secret: { secret: 'app' } } },
        mail: { app_auth: { type: 'bearer', token: { secret: 'idp' } }, tools: { a: { app_auth: { type: 'none' } } } },
        env: { env: { TOKEN: { secret: 'env' } }, outbound_headers: [{ type: 'x', secret: 'header' }] },
      },
    }),
  ).toEqual({ secrets: ['app', 'env', 'header', 'idp'], accounts: ['github'] })
  expect(profileNeeds(null)).toEqual({ secrets: [], accounts: [] })
})
