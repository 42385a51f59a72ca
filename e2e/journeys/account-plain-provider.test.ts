/** A provider without metadata, registration, PKCE, resources, rotation or revocation: connected, used, lost and connected again. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linkIn, textOf } from '../peers/account-fixture.js'
import { callModern } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { plainClient, startPlainProvider, type PlainProvider } from '../peers/plain-provider.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp } from '../peers/scripted-mcp.js'
import { at, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let provider: PlainProvider
let server: RecordingServer
let key: string

beforeAll(async () => {
  ;[gateway, provider, server] = await Promise.all([startGateway(), startPlainProvider(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent', subject: 'alice' })).key
  await gateway.putSecret('plain', plainClient.secret)
  await gateway.putServer('old', {
    url: server.url,
    app_auth: {
      type: 'oauth2_authorization_code',
      client_id: plainClient.id,
      client_secret: { secret: 'plain' },
      authorization_url: `${provider.origin}/authorize`,
      token_url: `${provider.origin}/token`,
      scopes: ['read'],
    },
  })
  const mcp = scriptMcp({ era: 'legacy', tools: [scriptedTool('look'), scriptedTool('write')] })
  server.answerWith((request, response) => {
    const scopes = provider.tokens.get((request.header('authorization') ?? '').replace('Bearer ', ''))
    if (scopes === undefined) return answerJson(response, 401, {}, { 'www-authenticate': 'Bearer' })
    if (at(request.json, 'params.name') !== 'write' || scopes.includes('write')) return mcp.respond(request, response)
    const challenge = 'Bearer error="insufficient_scope", scope="write"'
    answerJson(response, 403, {}, { 'www-authenticate': challenge })
  })
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([provider?.close(), server?.close()])
})

const call = (name = 'look'): Promise<Answer> =>
  callModern(`${gateway.dataUrl}/mcp/old`, { key, params: { name, arguments: {} } })
const works = async (name?: string): Promise<boolean> => at((await call(name)).json, 'result.isError') !== true
const accounts = async (): Promise<readonly Record<string, unknown>[]> =>
  at((await gateway.api('GET', '/accounts')).body, 'items') as readonly Record<string, unknown>[]
const follow = async (answer: Answer): Promise<number> =>
  (await visit(linkIn(textOf(answer)), { user: 'alice' })).status

it('is connected, refreshed again and again with one token, widened, withdrawn and connected anew', async () => {
  expect(await follow(await call())).toBe(200)
  expect(await works()).toBe(true)
  for (let round = 0; round < 3; round++) {
    provider.tokens.clear()
    expect(await works()).toBe(true)
  }
  expect(provider.asked.filter((one) => one === '/token refresh_token')).toHaveLength(3)
  expect(await follow(await call('write'))).toBe(200)
  expect(await works('write')).toBe(true)
  expect((await accounts())[0]?.['scopes']).toEqual(['read', 'write'])
  // Withdrawn at the provider.
  provider.tokens.clear()
  provider.grants.clear()
  const needed = await call()
  expect(textOf(needed)).toContain('withdrew the access')
  expect(await accounts()).toMatchObject([{ status: 'sign_in_needed' }])
  expect(await follow(needed)).toBe(200)
  expect(await works()).toBe(true)
  // There is nowhere to revoke it: it ends here.
  expect((await gateway.api('DELETE', `/accounts/${String((await accounts())[0]?.['id'])}`)).status).toBe(204)
  expect(await accounts()).toEqual([])
  expect(await works()).toBe(false)
  expect(new Set(provider.asked)).toEqual(new Set(['/authorize', '/token authorization_code', '/token refresh_token']))
})
