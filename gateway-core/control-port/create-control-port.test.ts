import { connect } from 'node:net'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createControlPort } from './create-control-port.js'
import { bearer, startTestPort, statusPath, token, type TestPort } from './test-port.js'

let test: TestPort
beforeEach(async () => void (test = await startTestPort()))
afterEach(() => test.close())

describe('who may use the control port', () => {
  const refused: Record<string, string>[] = [
    {},
    { authorization: token },
    { authorization: 'Bearer' },
    { authorization: 'Bearer wrong' },
    { authorization: `Bearer ${token}x` },
    { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` },
    { 'x-gatehouse-apikey': token },
    { cookie: 'gatehouse_session=' },
    { cookie: `gatehouse_session=${token}` },
  ]
  it.each(refused)('answers 401 without the control token or a session: %j', async (headers) => {
    for (const path of [
      statusPath,
      '/api/v1/openapi.json',
      '/api/v1/events',
      '/api/v1/nothing',
      `${statusPath}?token=${token}`,
    ]) {
      const answer = await test.send('GET', path, headers)
      expect(answer.status).toBe(401)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse control"')
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'unauthenticated', status: 401 })
    }
  })

  it('answers whoever holds the control token', async () => {
    expect((await test.send('GET', statusPath, bearer)).status).toBe(200)
  })

  it('refuses before the body is read', async () => {
    const answer = await test.send('POST', '/api/v1/profiles', { 'content-type': 'application/yaml' }, 'x: 1')
    expect(answer.status).toBe(401)
    expect(test.applied).toEqual([])
  })

  const origins = (own: number): [Record<string, string>, number][] => [
    [{ host: `127.0.0.1:${own}` }, 200],
    [{ host: `localhost:${own}` }, 200],
    [{ host: `LOCALHOST:${own}` }, 200],
    [{ host: `[::1]:${own}` }, 200],
    [{ host: `127.0.0.1:${own}`, origin: `http://127.0.0.1:${own}` }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
    [{ host: '127.0.0.1' }, 403],
    [{ host: `127.0.0.1:${own + 1}` }, 403],
    [{ host: `evil.example:${own}` }, 403],
    [{ host: `127.0.0.1.evil.example:${own}` }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: `http://127.0.0.1:${own + 1}` }, 403],
    [{ host: `127.0.0.1:${own}`, origin: `http://localhost:${own}` }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403],
  ]
  it('admits only its own Host and Origin, even with the token', async () => {
    for (const [headers, status] of origins(test.port.port)) {
      const answer = await test.send('GET', statusPath, { ...bearer, ...headers })
      expect([headers, answer.status]).toEqual([headers, status])
      if (status === 403) expect(JSON.parse(answer.text)).toMatchObject({ code: 'origin_refused' })
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('refuses two Hosts, an empty one, and a preflight', async () => {
    const own = `Host: 127.0.0.1:${test.port.port}\r\n`
    for (const hosts of [own + own, 'Host:\r\n']) {
      const socket = connect(test.port.port, '127.0.0.1')
      socket.end(`GET ${statusPath} HTTP/1.1\r\n${hosts}Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
      let text = ''
      for await (const chunk of socket.setEncoding('utf8')) text += chunk
      expect(text).toMatch(/^HTTP\/1\.1 403 /)
    }
    const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    expect((await test.send('OPTIONS', statusPath, preflight)).status).toBe(403)
  })
})

describe('sessions and the page', () => {
  it('opens the page with a link, once', async () => {
    const created = JSON.parse((await test.send('POST', '/api/v1/session-links', bearer)).text)
    const link = new URL(created.url)
    expect(link.origin).toBe(test.port.url)
    const first = await test.send('GET', link.pathname + link.search)
    expect([first.status, first.headers.location]).toEqual([302, '/'])
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /^gatehouse_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    const cookie = String(first.headers['set-cookie']?.[0]?.split(';')[0])
    const page = await test.send('GET', '/', { cookie })
    expect([page.status, page.text]).toEqual([200, '<!doctype html><title>the page</title>'])
    expect((await test.send('GET', statusPath, { cookie })).status).toBe(200)
    const second = await test.send('GET', link.pathname + link.search)
    expect([second.status, second.headers['set-cookie']]).toEqual([401, undefined])
  })

  it('says how to sign in where there is no session, and sends no file', async () => {
    for (const path of ['/', '/index.html', '/session', '/session?link=wrong', '/session?link=a&link=b', '/nothing']) {
      const answer = await test.send('GET', path, bearer)
      expect(answer.status).toBe(401)
      expect(answer.text).toContain('gatehouse ui')
      expect(answer.text).not.toContain('the page')
    }
  })

  it('does not take a session from a page of another port of this machine', async () => {
    const cookie = await test.signIn()
    const navigation = { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }
    expect((await test.send('GET', '/api/v1/secrets', navigation)).status).toBe(403)
    expect((await test.send('GET', '/api/v1/secrets', { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  it('does not let a session stand for a wrong token', async () => {
    const cookie = await test.signIn()
    expect((await test.send('GET', statusPath, { cookie, authorization: 'Bearer wrong' })).status).toBe(401)
  })

  it('sends the page with a policy that allows nothing but itself', async () => {
    const { headers } = await test.send('GET', '/', { cookie: await test.signIn() })
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    )
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  it('never leaves the folder of the page', async () => {
    const cookie = await test.signIn()
    for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '/.%00/index.html'])
      expect((await test.send('GET', path, { cookie })).text).not.toContain('root:')
  })
})

describe('the port', () => {
  it('fails where it is taken', async () => {
    const options = {
      port: test.port.port,
      controlToken: token,
      staticDir: undefined,
      services: test.services,
      logger: pino({ enabled: false }),
    }
    await expect(createControlPort(options)).rejects.toMatchObject({ code: 'EADDRINUSE', port: test.port.port })
  })

  it('describes every operation', async () => {
    const document = JSON.parse((await test.send('GET', '/api/v1/openapi.json', bearer)).text)
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths['/servers/{slug}'].put.parameters).toMatchObject([
      { name: 'slug', in: 'path', required: true },
    ])
    expect(document.paths['/secrets/{name}'].put.requestBody.content['application/json'].schema.required).toEqual([
      'value',
    ])
    expect(JSON.stringify(document)).not.toContain('#/$defs')
  })
})
