/** What an agent is told when a server, the request or the gateway itself is in no state to answer. */
import { gzipSync } from 'node:zlib'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pipeToGatehouse } from '../peers/command-line.js'
import { callLegacy, callModern, modernBody, openSession, refusal, refused } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer, type Responder } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { startGateway, testPassphrase, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let elsewhere: RecordingServer
let key: string

beforeAll(async () => {
  ;[gateway, server, elsewhere] = await Promise.all([startGateway(), startRecordingServer(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent' })).key
  await gateway.putSecret('token', 'the-token')
  const app_auth = { type: 'bearer', token: { secret: 'token' } }
  await gateway.putServer('with-token', { url: server.url, app_auth })
  await gateway.putServer('plain', { url: server.url })
  await gateway.putServer('slow', { url: server.url, timeout_ms: 250 })
  await gateway.putServer('shared', { url: server.url, connection: 'shared' })
  await gateway.putServer('off', { url: server.url, enabled: false })
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  await gateway.putServer('gone', { url: `http://127.0.0.1:${port}/mcp` })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
  await elsewhere?.close()
})

beforeEach(() => {
  server.reset()
  elsewhere.reset()
})

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    '%i is not followed and not passed on, with and without a credential',
    async (status) => {
      for (const slug of ['with-token', 'plain']) {
        server.reset()
        server.answerWith((_request, response) => void response.writeHead(status, { location: elsewhere.url }).end())
        const answer = await callModern(url(slug), { key, id: status })
        expect(refusal(answer)).toEqual(refused(502, 'redirect_refused', status))
        expect(answer.headers.location).toBeUndefined()
        expect(server.requests).toHaveLength(1)
      }
      expect(elsewhere.connections()).toBe(0)
    },
  )

  it('within a session and on its stream is refused too', async () => {
    const session = await openSession(url('with-token'), key)
    server.answerWith((_request, response) => void response.writeHead(307, { location: elsewhere.url }).end())
    expect((await callLegacy(url('with-token'), { key, session })).status).toBe(502)
    const headers = { 'x-gatehouse-apikey': key, 'mcp-session-id': session, accept: 'text/event-stream' }
    expect((await send(url('with-token'), { headers })).status).toBe(502)
    expect(elsewhere.connections()).toBe(0)
  })
})

describe('a server', () => {
  it('that is silent beyond its deadline is server_timeout, and the request to it is given up', async () => {
    server.answerWith(() => undefined)
    const answer = await callModern(url('slow'), { key, id: 'late' })
    expect(refusal(answer)).toEqual(refused(504, 'server_timeout', 'late'))
    await (
      await server.received(1)
    ).aborted
  })

  it('that cannot be reached is server_unreachable', async () => {
    expect(refusal(await callModern(url('gone'), { key, id: 1 }))).toEqual(refused(502, 'server_unreachable'))
  })

  it('that hangs up before it answers is server_unreachable', async () => {
    server.answerWith((_request, response) => void response.destroy())
    expect(refusal(await callModern(url('plain'), { key }))).toEqual(refused(502, 'server_unreachable'))
  })

  it('that is disabled is server_disabled, and is not asked', async () => {
    expect(refusal(await callModern(url('off'), { key, id: 'x' }))).toEqual(refused(503, 'server_disabled', 'x'))
    expect(server.requests).toEqual([])
  })

  it('that nobody registered is unknown_server', async () => {
    expect(refusal(await callModern(url('nobody'), { key }))).toEqual(refused(404, 'unknown_server'))
  })

  const isCall: Responder = ({ json }) => at(json, 'method') === 'tools/call'

  it.each([400, 403, 404, 418, 429, 500, 503])('has its own status and body passed through: %i', async (status) => {
    // In a session a 404 is about the session.
    for (const slug of status === 404 ? ['with-token'] : ['with-token', 'shared']) {
      server.answerWith((request, response) => {
        if (slug === 'shared' && !isCall(request, response)) return false
        const error = { code: -32050, message: 'theirs' }
        answerJson(response, status, { jsonrpc: '2.0', id: at(request.json, 'id'), error })
      })
      const answer = await callModern(url(slug), { key, id: 'mine' })
      expect([slug, answer.status, answer.json]).toEqual([
        slug,
        status,
        { jsonrpc: '2.0', id: 'mine', error: { code: -32050, message: 'theirs' } },
      ])
    }
  })

  it('has its own status and body passed through also where they are none of MCP, in either era', async () => {
    const session = await openSession(url('shared'), key)
    for (const status of [304, 409, 500, 502]) {
      server.answerWith((request, response) => {
        if (!isCall(request, response)) return false
        response.writeHead(status, { 'content-type': 'text/plain', 'x-theirs': 'yes' }).end('theirs')
      })
      const answers = [
        await callModern(url('plain'), { key }),
        await callModern(url('shared'), { key }),
        await callLegacy(url('shared'), { key, session }),
      ]
      const expected = [status, 'yes', status === 304 ? '' : 'theirs']
      expect(answers.map((answer) => [answer.status, answer.headers['x-theirs'], answer.text])).toEqual(
        answers.map(() => expected),
      )
    }
  })
})

describe('a caller', () => {
  it.each([
    ['without a credential', {}],
    ['with an unknown key', { 'x-gatehouse-apikey': 'gh_sk_unknown' }],
    ['with an unknown Bearer', { authorization: 'Bearer unknown' }],
    ['with another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['with a token that is not signed', { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.' }],
  ])('%s is unauthenticated, and nothing goes out', async (_how, headers) => {
    const answer = await callModern(url('with-token'), { headers, id: 'who' })
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated', 'who'))
    expect(server.requests).toEqual([])
  })

  it('with a wrong key in the header is not rescued by a good Bearer: the first match wins', async () => {
    const headers = { 'x-gatehouse-apikey': 'gh_sk_unknown', authorization: `Bearer ${key}` }
    expect((await callModern(url('plain'), { headers })).status).toBe(401)
    expect(server.requests).toEqual([])
  })
})

describe('a body that cannot be judged', () => {
  const call = modernBody({})
  const withArguments = (text: string): string => call.replace('"arguments":{}', `"arguments":${text}`)
  const deep = (levels: number): string => withArguments(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)

  it.each<readonly [string, string | Uint8Array]>([
    ['nothing', ''],
    ['text', 'tools/call'],
    ['a broken object', call.slice(0, -1)],
    ['two objects', `${call}${call}`],
    ['a trailing comma', withArguments('{"a":1,}')],
    ['NaN', withArguments('{"a":NaN}')],
    ['a raw control character in a string', withArguments('{"a":"\u0001"}')],
    [
      'a byte that is not UTF-8',
      Buffer.concat([Buffer.from(call.slice(0, -2)), Buffer.from([0xff]), Buffer.from('}}')]),
    ],
    ['an overlong encoding', Buffer.from(withArguments('{"a":"@"}').replace('@', '\u00c0\u00af'), 'latin1')],
    ['UTF-16', Buffer.from(call, 'utf16le')],
    ['two methods', call.replace('"method":', '"method":"ping","method":')],
    ['two methods, one escaped', call.replace('"method":', '"meth\\u006fd":"ping","method":')],
    ['two names of the tool', call.replace('"name":"echo"', '"name":"echo","name":"purge"')],
    ['two of one argument', withArguments('{"a":1,"a":2}')],
    ['two of one argument, deep inside', withArguments('{"a":[{"b":{"c":1,"\\u0063":2}}]}')],
    ['ten thousand levels', deep(10_000)],
    ['a hundred thousand open brackets', '['.repeat(100_000)],
  ])('is payload_unscannable, and nothing goes out: %s', async (_what, body) => {
    const answer = await callModern(url('plain'), { key, body })
    expect([answer.status, at(answer.json, 'error.data.code')]).toEqual([400, 'payload_unscannable'])
    expect(server.requests).toEqual([])
  })

  it('over 16 MiB is 413, declared or sent', async () => {
    const body = withArguments(`{"a":"${'x'.repeat(16 * 1024 * 1024)}"}`)
    const declared = await callModern(url('plain'), { key, body })
    const sent = await callModern(url('plain'), { key, body, headers: { 'transfer-encoding': 'chunked' } })
    expect([declared.status, sent.status]).toEqual([413, 413])
    expect(server.requests).toEqual([])
  })

  it('of 16 MiB exactly goes on, byte for byte', async () => {
    const padding = 16 * 1024 * 1024 - withArguments('{"a":""}').length
    const body = withArguments(`{"a":"${'x'.repeat(padding)}"}`)
    expect((await callModern(url('plain'), { key, body })).status).toBe(200)
    expect((await server.received(1)).body.equals(Buffer.from(body))).toBe(true)
  })

  it.each(['gzip', 'deflate', 'br', 'x-unknown'])('that is compressed is 415: %s', async (encoding) => {
    const answer = await callModern(url('plain'), {
      key,
      body: gzipSync(call),
      headers: { 'content-encoding': encoding },
    })
    expect(answer.status).toBe(415)
    expect(server.requests).toEqual([])
  })

  it('is told from one that only looks odd, which goes on byte for byte', async () => {
    const body = `  ${withArguments('{ "a" : [1e2, -0.0, "\\ud83d\\ude00", {"b":{}, "B":{}}], "__proto__": null }')}\n`
    expect((await callModern(url('plain'), { key, body })).status).toBe(200)
    expect((await server.received(1)).body.toString('utf8')).toBe(body)
  })
})

describe('while the vault is locked', () => {
  it('MCP routes and /readyz are 503, /healthz is 200, and unlocking brings all back', async () => {
    const session = await openSession(url('plain'), key)
    expect((await gateway.api('POST', '/lock')).status).toBe(204)
    server.reset()
    expect(refusal(await callModern(url('plain'), { key, id: 5 }))).toEqual(refused(503, 'vault_locked', 5))
    expect((await callLegacy(url('plain'), { key, session })).status).toBe(503)
    expect((await send(url('plain'), { headers: { accept: 'text/event-stream' } })).status).toBe(503)
    expect((await send(`${gateway.dataUrl}/healthz`)).status).toBe(200)
    expect((await send(`${gateway.dataUrl}/readyz`)).status).toBe(503)
    expect(server.requests).toEqual([])
    expect(at((await gateway.api('GET', '/status')).body, 'vault')).toBe('locked')
    const wrong = await gateway.api('POST', '/unlock', { passphrase: 'wrong' })
    expect(wrong.status).toBeGreaterThanOrEqual(400)
    expect(at((await gateway.api('GET', '/status')).body, 'vault')).toBe('locked')
    await pipeToGatehouse(gateway, `${testPassphrase}\n`, 'unlock')
    expect((await send(`${gateway.dataUrl}/readyz`)).status).toBe(200)
    expect((await callModern(url('with-token'), { key })).status).toBe(200)
  })
})
