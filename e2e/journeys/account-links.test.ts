/** What agents are told whose caller has no account yet, in either era; and that the same call works after consent. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { callLegacy, callModern, modernHeaders } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send, type Answer } from '../peers/send.js'

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start()
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

describe('without an account', () => {
  const initialize = (capabilities: object) => ({
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'e2e', version: '1' } },
  })

  async function legacySession(key: string, capabilities: object): Promise<string> {
    const answer = await callLegacy(peers.url, { key, ...initialize(capabilities) })
    expect(answer.status).toBe(200)
    return String(answer.headers['mcp-session-id'])
  }

  it('asks nothing of the server, and gives an agent the link in a tool result', async () => {
    const session = await legacySession(peers.alice, {})
    const answer = await callLegacy(peers.url, { key: peers.alice, session, params: { name: 'whoami', arguments: {} } })
    expect(answer.status).toBe(200)
    expect(at(answer.json, 'result.isError')).toBe(true)
    const link = linkIn(String(textOf(answer)))
    expect(peers.server.seen).toEqual([])
    const page = await visit(link, { user: 'alice@provider' })
    expect(page.status).toBe(200)
    const again = await callLegacy(peers.url, { key: peers.alice, session, params: { name: 'whoami', arguments: {} } })
    expect(textOf(again)).toBe('whoami as alice@provider')
  })

  it('asks an agent that opens links in the way of the older era', async () => {
    const session = await legacySession(peers.alice, { elicitation: { url: {} } })
    const answer = await callLegacy(peers.url, { key: peers.alice, session, params: { name: 'whoami', arguments: {} } })
    expect([answer.status, at(answer.json, 'error.code')]).toEqual([200, -32042])
    expect(at(answer.json, 'error.data.requestId')).toBe(answer.headers['x-request-id'])
    expect(at(answer.json, 'error.data.elicitations.0')).toMatchObject({
      mode: 'url',
      url: expect.stringContaining(`${peers.gateway.dataUrl}/connect/files?ticket=`),
    })
  })

  const modernCall = (key: string, params: object, capabilities: object): Promise<Answer> =>
    send(peers.url, {
      method: 'POST',
      headers: modernHeaders({ key, params: { name: 'whoami' } }),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'whoami',
          arguments: {},
          ...params,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': capabilities,
          },
        },
      }),
    })

  it('asks an agent that opens links in the way of the stateless era, whose next call works', async () => {
    const capabilities = { elicitation: { url: {} } }
    const answer = await modernCall(peers.alice, {}, capabilities)
    expect([answer.status, at(answer.json, 'result.resultType')]).toEqual([200, 'input_required'])
    const [[key, asked] = []] = Object.entries(at(answer.json, 'result.inputRequests') as Record<string, unknown>)
    await visit(String(at(asked, 'params.url')), { user: 'alice@provider' })
    const again = await modernCall(
      peers.alice,
      { inputResponses: { [String(key)]: { action: 'accept' } } },
      capabilities,
    )
    expect(textOf(again)).toBe('whoami as alice@provider')
  })

  it('answers lists with the one tool, and everything else with a link', async () => {
    const session = await legacySession(peers.alice, {})
    const ask = (method: string) => callLegacy(peers.url, { key: peers.alice, session, method, params: { uri: 'a:b' } })
    expect(at((await ask('tools/list')).json, 'result.tools.0.name')).toBe('connect_account')
    expect(at((await ask('resources/list')).json, 'result.resources')).toEqual([])
    expect(at((await ask('ping')).json, 'result')).toEqual({})
    const other = await ask('resources/read')
    expect([other.status, at(other.json, 'error.data.code')]).toEqual([200, 'account_needed'])
    expect(String(at(other.json, 'error.data.connectUrl'))).toBe(linkIn(other.text.replaceAll('"', ' ')))
    expect(peers.server.seen).toEqual([])
  })

  it('answers lists with what the caller last had, where the account has ended', async () => {
    await peers.connect('alice')
    const session = await legacySession(peers.alice, {})
    const list = async (key: string, session: string): Promise<unknown> =>
      at((await callLegacy(peers.url, { key, session, method: 'tools/list', params: {} })).json, 'result.tools')
    const names = (tools: unknown): unknown => (tools as readonly { name: string }[]).map(({ name }) => name)
    expect(names(await list(peers.alice, session))).toEqual(['whoami', 'write'])
    peers.refuseLastToken()
    peers.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
      return true
    }
    expect(names(await list(peers.alice, session))).toEqual(['whoami', 'write'])
    expect(names(await list(peers.alice, await legacySession(peers.alice, {})))).toEqual(['whoami', 'write'])
    // What one caller was listed is no other's.
    expect(names(await list(peers.bob, await legacySession(peers.bob, {})))).toEqual(['connect_account'])
    const answer = await callLegacy(peers.url, { key: peers.alice, session, params: { name: 'whoami', arguments: {} } })
    expect(at(answer.json, 'result.isError')).toBe(true)
  })

  it('tells an agent that waits when there is an account, and answers the tool of the link', async () => {
    const session = await legacySession(peers.alice, {})
    const headers = { 'x-gatehouse-apikey': peers.alice, 'mcp-session-id': session, accept: 'text/event-stream' }
    const stop = new AbortController()
    const stream = await fetch(peers.url, { headers, signal: stop.signal })
    await peers.connect('alice')
    let told = ''
    const text = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    while (!told.includes('notifications/tools/list_changed')) told += (await text?.read())?.value ?? ''
    stop.abort()
    const params = { name: 'connect_account', arguments: {} }
    const answer = await callLegacy(peers.url, { key: peers.alice, session, params })
    expect(textOf(answer)).toContain('The account is connected')
  })

  it('has links that are good once', async () => {
    const link = linkIn(String(textOf(await peers.whoami(peers.alice))))
    expect((await send(link)).status).toBe(302)
    const page = await send(link)
    expect(page.status).toBe(400)
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.text).not.toContain('<script')
  })

  it('connects the account of whom the link was made for, in whatever browser', async () => {
    await visit(linkIn(String(textOf(await peers.whoami(peers.bob)))), { user: 'robert@provider' })
    expect(textOf(await peers.whoami(peers.bob))).toBe('whoami as robert@provider')
    expect(at((await peers.whoami(peers.alice)).json, 'result.isError')).toBe(true)
  })
})

describe('as one of many servers', () => {
  const merged = async (method: string, params: Record<string, unknown>): Promise<Answer> =>
    callModern(`${peers.gateway.dataUrl}/mcp`, { key: peers.alice, method, params })

  it('is left out of lists without an account, named there, and asks for one when it is called', async () => {
    const list = await merged('tools/list', {})
    expect(at(list.json, 'result.tools')).toEqual([])
    expect(JSON.stringify(at(list.json, 'result._meta'))).toContain('"files"')
    const answer = await merged('tools/call', { name: 'files__whoami', arguments: {} })
    expect(at(answer.json, 'result.isError')).toBe(true)
    expect(peers.server.seen).toEqual([])
    await visit(linkIn(textOf(answer)), { user: 'alice@provider' })
    const again = await merged('tools/call', { name: 'files__whoami', arguments: {} })
    expect(textOf(again)).toBe('whoami as alice@provider')
    const tools = at((await merged('tools/list', {})).json, 'result.tools') as readonly { name: string }[]
    expect(tools.map(({ name }) => name)).toEqual(['files__whoami', 'files__write'])
  })
})
