/** Several accounts of one user at one server, accounts of one tool's own, and what becomes of them with their server. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { callLegacy, callModern, openSession } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send, type Answer } from '../peers/send.js'

const command = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
const run = promisify(execFile)

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start()
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

interface Chosen {
  readonly subject: string
  readonly label?: string
  readonly tool?: string
}

async function connectAs(user: string, request: Chosen, slug = 'files'): Promise<string> {
  const { status, body } = await peers.gateway.api('POST', `/servers/${slug}/connect`, request)
  if (status !== 200) throw new Error(`not begun: ${status} ${JSON.stringify(body)}`)
  await visit(String(at(body, 'authorizationUrl')), { user })
  return String(at(await peers.attempt(String(at(body, 'attemptId'))), 'account.id'))
}

const explained = async (input: object): Promise<unknown> =>
  (await peers.gateway.api('POST', '/explain', { server: 'files', ...input })).body

const accountIn = (explanation: unknown): unknown =>
  (at(explanation, 'outbound') as readonly { name: string; source: object }[]).find(
    ({ name }) => name === 'authorization',
  )?.source

describe('two accounts of one user', () => {
  it('are told apart by labels: the default is used, and another where a key names it', async () => {
    const { gateway, alice } = peers
    const home = await connectAs('alice@home', { subject: 'alice' })
    const work = await connectAs('alice@work', { subject: 'alice', label: 'work' })
    expect(work).not.toBe(home)
    expect(textOf(await peers.whoami(alice))).toBe('whoami as alice@home')

    const { key, id } = await gateway.addKey({ name: 'laptop', subject: 'alice' })
    expect(textOf(await peers.whoami(key))).toBe('whoami as alice@home')
    const chosen = await gateway.api('PATCH', `/keys/${id}`, { accounts: { files: 'work' } })
    expect([chosen.status, at(chosen.body, 'accounts')]).toEqual([200, { files: 'work' }])
    expect([textOf(await peers.whoami(key)), textOf(await peers.whoami(alice))]).toEqual([
      'whoami as alice@work',
      'whoami as alice@home',
    ])
    expect(accountIn(await explained({ caller: id }))).toMatchObject({ accountId: work })
    expect(accountIn(await explained({ caller: 'alice' }))).toMatchObject({ accountId: home })

    expect((await gateway.api('PATCH', `/accounts/${work}`, { default: true })).body).toMatchObject({ default: true })
    expect(textOf(await peers.whoami(alice))).toBe('whoami as alice@work')
    expect(await peers.accounts()).toMatchObject([
      { id: home, default: false },
      { id: work, default: true, label: 'work' },
    ])
  })

  it('are chosen from the command line', async () => {
    const { gateway, alice } = peers
    const gatehouse = (...args: string[]) => run(process.execPath, [command, ...args, '--data-dir', gateway.dataDir])
    const one = await connectAs('alice@one', { subject: 'alice' })
    await connectAs('alice@two', { subject: 'alice', label: 'two' })
    await gatehouse('accounts', 'set', one, '--label', 'one')
    const { id, key } = await gateway.addKey({ name: 'desk', subject: 'alice' })
    await gatehouse('keys', 'set', id, '--account', 'files=two')
    expect(textOf(await peers.whoami(key))).toBe('whoami as alice@two')
    await gatehouse('keys', 'set', id, '--account', 'files=')
    expect(textOf(await peers.whoami(key))).toBe('whoami as alice@one')
    expect(textOf(await peers.whoami(alice))).toBe('whoami as alice@one')
    const { stdout } = await gatehouse('accounts', 'list')
    expect(stdout).toContain('two')
  })

  it('never stand in for each other: a key whose account is missing asks for that one', async () => {
    const { gateway } = peers
    await connectAs('alice@home', { subject: 'alice' })
    peers.server.seen.length = 0
    const { key, id } = await gateway.addKey({ name: 'work', subject: 'alice' })
    await gateway.api('PATCH', `/keys/${id}`, { accounts: { files: 'work' } })
    const explanation = await explained({ caller: id })
    expect(explanation).toMatchObject({ allowed: false })
    expect(JSON.stringify(at(explanation, 'problems'))).toContain(
      'gatehouse connect files --subject alice --label work',
    )
    const answer = await peers.whoami(key)
    expect(at(answer.json, 'result.isError')).toBe(true)
    expect(peers.server.seen).toEqual([])
    await visit(linkIn(textOf(answer)), { user: 'alice@work' })
    expect(textOf(await peers.whoami(key))).toBe('whoami as alice@work')
    expect(await peers.accounts()).toHaveLength(2)
  })

  it('do not share a session with the server that one of them began', async () => {
    const { alice, gateway } = peers
    await connectAs('alice@home', { subject: 'alice' })
    const session = await openSession(peers.url, alice)
    const work = await connectAs('alice@work', { subject: 'alice', label: 'work' })
    await gateway.api('PATCH', `/accounts/${work}`, { default: true })
    expect((await callLegacy(peers.url, { key: alice, session, params: { name: 'whoami' } })).status).toBe(404)
  })
})

describe('an account of one tool’s own', () => {
  const call = (name: string): Promise<Answer> =>
    callModern(`${peers.gateway.dataUrl}/mcp/split`, { key: peers.alice, params: { name, arguments: {} } })

  it('is asked for by calls of that tool, and used for no other', async () => {
    const { gateway } = peers
    const own = { type: 'oauth2_authorization_code', scopes: ['mcp:write'] }
    await gateway.putServer('split', {
      url: peers.server.url,
      app_auth: { type: 'oauth2_authorization_code', scopes: ['mcp:read'] },
      tools: { write: { app_auth: own } },
    })
    await connectAs('alice@read', { subject: 'alice' }, 'split')
    expect(textOf(await call('whoami'))).toBe('whoami as alice@read')
    const asked = await call('write')
    expect(at(asked.json, 'result.isError')).toBe(true)
    await visit(linkIn(textOf(asked)), { user: 'alice@write' })
    expect(textOf(await call('write'))).toBe('write as alice@write')
    expect(textOf(await call('whoami'))).toBe('whoami as alice@read')
    expect(await peers.accounts()).toMatchObject([
      { scopes: ['mcp:read'] },
      { tools: ['write'], scopes: ['mcp:write'] },
    ])

    // Without its tool's app_auth it has no use.
    await gateway.putServer('split', {
      url: peers.server.url,
      app_auth: { type: 'oauth2_authorization_code', scopes: ['mcp:read'] },
    })
    await expect.poll(() => peers.accounts()).toMatchObject([{ scopes: ['mcp:read'] }])
    expect((await peers.gateway.api('DELETE', '/servers/split')).status).toBe(204)
  })

  it('works where the server itself needs none, for an agent in a session', async () => {
    const { gateway, alice } = peers
    await gateway.putServer('lone', {
      url: peers.server.url,
      tools: { write: { app_auth: { type: 'oauth2_authorization_code', scopes: ['mcp:write'] } } },
    })
    const { status, body } = await gateway.api('POST', '/servers/lone/connect', { tool: 'whoami' })
    expect([status, at(body, 'code')]).toEqual([422, 'invalid_input'])
    await connectAs('alice@write', { subject: 'alice', tool: 'write' }, 'lone')
    const write = () => callModern(`${gateway.dataUrl}/mcp/lone`, { key: alice, params: { name: 'write' } })
    // A server that wants a token to begin with does not get the tool's, whose account stays as it is.
    expect(at((await write()).json, 'error.data.code')).toBe('credential_rejected')
    expect(await peers.accounts()).toMatchObject([{ status: 'connected' }])
    peers.server.wantsTokenForCallsOnly = true
    expect(textOf(await write())).toBe('write as alice@write')
    peers.server.wantsTokenForCallsOnly = false
    await gateway.api('DELETE', '/servers/lone')
  })
})

describe('a server that is removed', () => {
  it.each(['by itself', 'by applying a profile'])('%s takes its accounts and sign-ins along', async (way) => {
    const { gateway, provider } = peers
    const server = { url: peers.server.url, app_auth: { type: 'oauth2_authorization_code' } }
    const apply = (mcpServers: object) => gateway.api('POST', '/profiles', { gatehouse: 1, name: 'short', mcpServers })
    expect((await apply({ brief: server })).status).toBe(200)
    await connectAs('alice@provider', { subject: 'alice' }, 'brief')
    const { authorizationUrl, attemptId } = await peers.begin('bob', 'brief')
    const callback = (await visit(authorizationUrl, { user: 'bob@provider', stopAtCallback: true })).url
    const revoked: string[] = []
    provider.intercept = (request) => {
      if (request.url === '/token/revocation') revoked.push(request.method ?? '')
      return false
    }
    if (way === 'by itself') await gateway.api('DELETE', '/servers/brief')
    else await apply({})
    await expect.poll(() => revoked).toEqual(['POST'])
    expect(await peers.accounts()).toEqual([])
    expect(await peers.attempt(attemptId)).toMatchObject({ status: 'failed' })
    // Also where there is one of its name again.
    await apply({ brief: server })
    expect((await send(callback)).status).toBe(400)
    expect(await peers.accounts()).toEqual([])
    await apply({})
  })
})

describe('an issuance of an account', () => {
  it('names the call that it was refreshed for, and the one that asked for the sign-in', async () => {
    const { gateway, alice } = peers
    const traceId = (digit: string): string => digit.repeat(32)
    const headers = (digit: string) => ({
      'x-request-id': `call-${digit}`,
      traceparent: `00-${traceId(digit)}-${digit.repeat(16)}-01`,
    })
    const whoami = (digit: string) =>
      callModern(peers.url, { key: alice, headers: headers(digit), params: { name: 'whoami', arguments: {} } })
    await visit(linkIn(textOf(await whoami('a'))), { user: 'alice@provider' })
    await whoami('b')
    peers.refuseLastToken()
    await whoami('c')
    const { body } = await gateway.api('GET', '/issuances?server=files&limit=2')
    expect(at(body, 'items')).toMatchObject([
      { grantType: 'refresh_token', requestId: 'call-c', traceId: traceId('c'), caller: { subject: 'alice' } },
      { grantType: 'authorization_code', requestId: 'call-a', traceId: traceId('a'), caller: { subject: 'alice' } },
    ])
  })
})

describe('explaining a call without an account', () => {
  it('says that one has to be connected, and that its token would be fetched', async () => {
    const explanation = await explained({ caller: 'alice' })
    expect(explanation).toMatchObject({ allowed: false })
    expect(JSON.stringify(at(explanation, 'problems'))).toContain('gatehouse connect files --subject alice')
    expect(at(explanation, 'outbound')).toContainEqual(
      expect.objectContaining({ name: 'authorization', value: '(fetched at call time)', masked: true }),
    )
    expect([peers.server.seen, peers.provider.counts.size]).toEqual([[], 0])
  })
})
