import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOAuthHttp, type OAuthHttp } from './oauth-http.js'
import { json, startHttpPeer, type HttpPeer, type Respond } from './test/http-peer.js'

let peer: HttpPeer
let http: OAuthHttp

beforeEach(async () => {
  peer = await startHttpPeer()
  http = createOAuthHttp({ requestTimeoutMs: 5000, maxRetries: 3 })
})
afterEach(async () => {
  await http.close()
  await peer.close()
})

const post = (reach: 'typed' | 'near' | 'public' = 'typed') =>
  http.send(`${peer.origin}/token`, { method: 'POST', body: 'a=b', headers: { accept: 'application/json' }, reach })
const failed = (detail: RegExp) =>
  expect.objectContaining({ code: 'token_endpoint_failed', message: expect.stringMatching(detail) })
const reset: Respond = (_request, response) => response.destroy()
const silence: Respond = () => undefined

describe('a request to an authorization server', () => {
  it('is tried again after 5xx and broken connections, with the same body', async () => {
    peer.answerWith(json(503, {}), reset, json(500, {}), json(200, { ok: true }))
    const { status, body } = await post()
    expect([status, Buffer.from(body).toString()]).toEqual([200, '{"ok":true}'])
    expect(peer.seen.map((request) => request.body)).toEqual(['a=b', 'a=b', 'a=b', 'a=b'])
  })

  it('is given up after as many retries as are set, and the last answer counts', async () => {
    peer.answerWith(json(503, { error: 'temporarily_unavailable' }))
    expect((await post()).status).toBe(503)
    expect(peer.seen).toHaveLength(4)
  })

  it.each([400, 401, 403, 404, 429])('is never tried again after %i', async (status) => {
    peer.answerWith(json(status, { error: 'invalid_client' }))
    expect((await post()).status).toBe(status)
    expect(peer.seen).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])('does not follow %i', async (status) => {
    const other = await startHttpPeer(json(200, { access_token: 'x' }))
    peer.answerWith((_request, response) => void response.writeHead(status, { location: `${other.origin}/x` }).end())
    await expect(post()).rejects.toEqual(failed(/redirect/))
    expect([peer.seen.length, other.seen.length]).toEqual([1, 0])
    await other.close()
  })

  it('reads no more than 1 MiB', async () => {
    peer.answerWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(Buffer.alloc(10 * 1024 * 1024, 0x20))
    })
    await expect(post()).rejects.toEqual(failed(/1 MiB/))
    expect(peer.seen).toHaveLength(1)
  })

  it.each([['text/html'], ['text/plain'], ['']])('takes no success of type %j', async (type) => {
    peer.answerWith((_request, response) => void response.writeHead(200, { 'content-type': type }).end('{}'))
    await expect(post()).rejects.toEqual(failed(/other than JSON/))
    expect(peer.seen).toHaveLength(1)
  })

  it('takes no compressed answer, however small it says it is', async () => {
    peer.answerWith((_request, response) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
      response.writeHead(200, headers).end(gzipSync(Buffer.alloc(1024 * 1024)))
    })
    await expect(post()).rejects.toEqual(failed(/compressed/))
  })

  it('ends at its deadline, whether nothing comes or the body never ends, and is tried once more', async () => {
    await http.close()
    http = createOAuthHttp({ requestTimeoutMs: 100, maxRetries: 3 })
    for (const hang of [silence, (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{')] as Respond[]) {
      peer.seen.length = 0
      peer.answerWith(hang)
      const startedMs = performance.now()
      await expect(post()).rejects.toEqual(failed(/0\.1 s/))
      expect(performance.now() - startedMs).toBeLessThan(2000)
      expect(peer.seen.length).toBeGreaterThan(1)
      expect(peer.seen.length).toBeLessThan(4)
    } // prettier-ignore
  })

  it('ends when the gateway stops', async () => {
    const started = new Promise<void>((resolve) => peer.answerWith(() => resolve()))
    const sent = post().catch((thrown: unknown) => thrown)
    await started
    await http.close()
    expect(await sent).toEqual(failed(/could not be reached|did not answer/))
  })

  it('names neither the path nor the query of what it could not reach', async () => {
    await peer.close()
    const sent = http.send(`${peer.origin}/token?secret=1`, { method: 'GET', reach: 'typed' })
    const error: unknown = await sent.catch((thrown: unknown) => thrown)
    expect(error).toEqual(failed(/ECONNREFUSED/))
    expect(String(error)).not.toContain('secret')
  })
})

describe('an address that somebody else named', () => {
  const connects = async (url: string, reach: 'near' | 'public'): Promise<boolean> =>
    http.send(url, { method: 'GET', reach }).then(
      () => true,
      (error: unknown) => {
        expect(error).toEqual(failed(/private network/))
        return false
      },
    )

  it.each([
    'http://127.0.0.1:1/', 'http://10.0.0.1/', 'http://169.254.169.254/latest', 'http://[::1]:1/', 'http://[::ffff:127.0.0.1]:1/',
    'http://0x7f000001:1/', 'http://2130706433:1/', 'http://192.168.1.1/', 'http://100.64.0.1/', 'http://[fe80::1]/', 'http://[fd00::1]/', 'http://0.0.0.0:1/',
  ])('%s is not asked for a server in public', async (url) => {
    expect(await connects(url, 'public')).toBe(false)
  }) // prettier-ignore

  it('is looked up when it is connected to, so that a name hides nothing', async () => {
    const { port } = new URL(peer.origin)
    expect(await connects(`http://localhost:${port}/`, 'public')).toBe(false)
    expect(peer.seen).toEqual([])
  })

  it.each(['http://169.254.169.254/', 'http://[fd00:ec2::254]/', 'http://0.0.0.0:1/', 'http://[fe80::1]/'])(
    '%s is not asked for a server in a private network either',
    async (url) => {
      expect(await connects(url, 'near')).toBe(false)
    },
  )

  it('may be on this machine where the server is', async () => {
    peer.answerWith(json(200, {}))
    expect(await connects(`${peer.origin}/`, 'near')).toBe(true)
  })
})
