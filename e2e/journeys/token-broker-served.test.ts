/** One gateway as another's Admin API: it gives the other the tokens of the accounts in its own vault. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { callModern } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let admin: AccountFixture
let gateway: RunningGateway
let key: string

beforeAll(async () => {
  admin = await AccountFixture.start()
  gateway = await startGateway()
  const { controlUrl, controlToken } = admin.gateway
  await gateway.putSecret('admin-token', controlToken)
  const { status, body } = await gateway.api('POST', '/profiles', {
    gatehouse: 1,
    name: 'branch',
    token_broker: { admin_url: controlUrl, account: 'acme', project: 'default', credential: { secret: 'admin-token' } },
    mcpServers: { files: { url: admin.server.url, auth_mode: 'token_broker' } },
  })
  if (status !== 200) throw new Error(`not applied: ${JSON.stringify(body)}`)
  key = (await gateway.addKey({ name: 'a', subject: 'alice' })).key
})
afterAll(async () => {
  await gateway?.stop()
  await admin?.stop()
})
afterEach(() => admin.reset())

const tokenUrl = (query: string): string => `${admin.gateway.controlUrl}/api/v1/downstream-tokens/${query}`
const asked = (query: string, authorization = `Bearer ${admin.gateway.controlToken}`): Promise<Answer> =>
  send(tokenUrl(query), { headers: { authorization } })

describe('a gateway as the Admin API of another', () => {
  it('gives it a user’s token, which is what the server gets', async () => {
    const call = (): Promise<Answer> =>
      callModern(`${gateway.dataUrl}/mcp/files`, { key, params: { name: 'whoami', arguments: {} } })
    const listed = await callModern(`${gateway.dataUrl}/mcp/files`, { key, method: 'tools/list', params: {} })
    expect(at(listed.json, 'error.data.code')).toBe('account_needed')
    expect(linkIn(at(listed.json, 'error.data.connectUrl'))).toContain(admin.gateway.dataUrl)
    // The link of the other gateway, where a person signs in.
    const link = linkIn(textOf(await call()))
    expect(link).toContain(`${admin.gateway.dataUrl}/connect/files?`)
    expect((await visit(link, { user: 'alice@provider' })).status).toBe(200)
    const answer = await call()
    expect(textOf(answer)).toBe('whoami as alice@provider')
    const { body } = await gateway.api('GET', '/issuances?server=files&limit=1')
    expect(at(body, 'items.0')).toMatchObject({ grantType: 'token_broker', subject: 'alice@provider' })
  })

  it('answers with the token, its type and how long it lives, refreshed where it is about to end', async () => {
    admin.provider.accessTokenSeconds = 4
    await admin.connect('alice')
    admin.provider.accessTokenSeconds = 3600
    const before = await asked('files?account_id=acme&project_id=default&user_id=alice')
    expect(before.json).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' })
    await expect
      .poll(async () => at((await asked('files?user_id=alice')).json, 'expires_in'), { timeout: 6000 })
      .toBeGreaterThan(3000)
    expect(admin.provider.counts.get('refresh_token')).toBe(1)
  })

  it('says 404 where there is no account, no such server, or none that has accounts', async () => {
    await admin.connect('alice')
    await admin.gateway.putServer('plain', { url: admin.server.url })
    const answers = [await asked('files?user_id=bob'), await asked('files'), await asked('none'), await asked('plain')]
    expect(answers.map(({ status, json }) => [status, at(json, 'code')])).toEqual([
      [404, 'not_found'],
      [404, 'not_found'],
      [404, 'unknown_server'],
      [404, 'not_found'],
    ])
  })

  it('gives nothing to somebody without the control token, not even to its own page', async () => {
    await admin.connect('alice')
    expect((await asked('files?user_id=alice', 'Bearer wrong')).status).toBe(401)
    const { body } = await admin.gateway.api('POST', '/session-links')
    const opened = await send(String(at(body, 'url')))
    const cookie = String(opened.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    expect((await send(`${admin.gateway.controlUrl}/api/v1/accounts`, { headers })).status).toBe(200)
    expect((await send(tokenUrl('files?user_id=alice'), { headers })).status).toBe(401)
  })

  it('says 503 while its vault is locked', async () => {
    await admin.connect('alice')
    await admin.gateway.api('POST', '/lock')
    const answer = await asked('files?user_id=alice')
    expect([answer.status, at(answer.json, 'code')]).toEqual([503, 'vault_locked'])
    await admin.gateway.api('POST', '/unlock', { passphrase: 'correct horse battery staple' })
  })
})
