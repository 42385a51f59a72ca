/** Agents that are known by a document at a URL of their own (Client ID Metadata Documents), and what naming one may reach. */
import { once } from 'node:events'
import { createServer as createPlainServer, type Server as PlainServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { answerOf, OAuthAgent, UserBrowser } from '../peers/oauth-agent.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { selfSigned } from '../peers/self-signed.js'
import { at, send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const redirectUri = 'http://127.0.0.1:53682/callback'

let documents: Server
let plain: PlainServer
let origin: string
let plainOrigin: string
let asked: string[]
let scratch: string
let server: RecordingServer
/** Lets documents of that origin be at a private address; `strict` does not. */
let open: RunningGateway
let strict: RunningGateway

const documentOf = (clientId: string, more: object = {}) => ({
  client_id: clientId,
  client_name: 'Documented',
  redirect_uris: ['http://127.0.0.1/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  ...more,
})

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-documents-'))
  const { certificate, key } = selfSigned(2)
  const authorities = join(scratch, 'ca.pem')
  await writeFile(authorities, certificate)
  asked = []
  documents = createServer({ cert: certificate, key }, (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const id = `${origin}${path}`
    if (path === '/moved.json') return void response.writeHead(302, { location: `${origin}/client.json` }).end()
    const body =
      path === '/another.json'
        ? documentOf(`${origin}/client.json`)
        : path === '/secret.json'
          ? documentOf(id, { client_secret: 'x', token_endpoint_auth_method: 'client_secret_post' })
          : path === '/long.json'
            ? documentOf(id, { padding: 'x'.repeat(200_000) })
            : documentOf(id, { client_uri: 'https://cursor.com', logo_uri: `${origin}/logo.png` })
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  plain = createPlainServer((request, response) => {
    asked.push(`plain ${request.url ?? ''}`)
    response.setHeader('content-type', 'application/json').end('[]')
  })
  for (const one of [documents, plain]) {
    one.listen(0, '127.0.0.1')
    await once(one, 'listening')
  }
  origin = `https://127.0.0.1:${(documents.address() as AddressInfo).port}`
  plainOrigin = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`
  const env = { NODE_EXTRA_CA_CERTS: authorities }
  ;[server, open, strict] = await Promise.all([
    startRecordingServer(),
    startGateway({ env, args: ['--allow-origin', origin] }),
    startGateway({ env }),
  ])
  for (const gateway of [open, strict])
    await gateway.putServer('notes', { url: server.url, agent_auth: { type: 'interactive' } })
})
afterAll(async () => {
  await Promise.all([open?.stop(), strict?.stop()])
  for (const one of [documents, plain]) {
    one.close()
    one.closeAllConnections()
  }
  await server?.close()
  await rm(scratch, { recursive: true, force: true })
})

const agentAt = (gateway: RunningGateway, path: string) => OAuthAgent.of(gateway.dataUrl, `${origin}${path}`)
const opened = (agent: OAuthAgent) => new UserBrowser().open(agent.authorizeUrl('/mcp/notes', 'v'.repeat(43)))

describe('an agent with a document', () => {
  it('gets from its URL to a tool result without registering', async () => {
    const agent = agentAt(open, '/client.json')
    const page = await opened(agent)
    expect(page.text).toContain('Documented asks to use notes')
    expect(page.text).toContain(`, of ${new URL(origin).host}`)
    const tokens = await agent.signIn('/mcp/notes')
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    expect((await callModern(`${open.dataUrl}/mcp/notes`, { headers })).status).toBe(200)
    const { body } = await open.api('GET', '/grants')
    expect(at(body, 'items.0')).toMatchObject({ clientId: `${origin}/client.json`, clientName: 'Documented' })
    expect((await agent.refresh(tokens.refreshToken)).status).toBe(200)
    // Neither its logo nor its website was asked for.
    expect(new Set(asked)).toEqual(new Set(['/client.json']))
  })

  it('is refused where the document is another’s, holds a secret, moved, or is too long', async () => {
    for (const path of ['/another.json', '/secret.json', '/moved.json', '/long.json']) {
      const page = await opened(agentAt(open, path))
      expect([path, page.status, page.text.includes('asks to use')]).toEqual([path, 400, false])
    }
    const elsewhere = agentAt(open, '/client.json').authorizeUrl('/mcp/notes', 'v'.repeat(43), {
      redirect_uri: 'https://evil.example/',
    })
    expect((await new UserBrowser().open(elsewhere)).status).toBe(400)
  })
})

describe('what somebody names before anybody was asked', () => {
  it('is not looked for in this machine or its network', async () => {
    asked.length = 0
    const page = await opened(agentAt(strict, '/client.json'))
    expect([page.status, page.text.includes('asks to use')]).toEqual([400, false])
    for (const host of ['localhost', '[::1]', '169.254.169.254', '10.0.0.1'])
      expect((await opened(OAuthAgent.of(strict.dataUrl, `https://${host}/client.json`))).status).toBe(400)
    expect(asked).toEqual([])
  })

  it('is not asked for when an agent registers', async () => {
    asked.length = 0
    for (const gateway of [open, strict])
      await send(`${gateway.dataUrl}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          redirect_uris: [redirectUri],
          sector_identifier_uri: `${origin}/sector.json`,
          jwks_uri: `${plainOrigin}/jwks`,
          logo_uri: `${plainOrigin}/logo.png`,
        }),
      })
    expect(asked).toEqual([])
  })

  it('proves nothing of who an agent is: a website that it claims is not shown as its own', async () => {
    const agent = await OAuthAgent.register(strict.dataUrl, 'Cursor', { client_uri: 'https://cursor.com' })
    const page = await opened(agent)
    expect(page.text).toContain('Cursor asks to use notes')
    expect(page.text).not.toContain('cursor.com')
    expect(
      answerOf(await new UserBrowser().open(agent.authorizeUrl('/mcp/notes', 'v'.repeat(43), { prompt: 'none' }))),
    ).toMatchObject({
      code: '',
      error: 'login_required',
    })
  })

  it('has one issuer however its name is spelt, and registers so often only', async () => {
    const port = new URL(strict.dataUrl).port
    const { json } = await send(`${strict.dataUrl}/.well-known/oauth-authorization-server`, {
      headers: { host: `LocalHost:${port}` },
    })
    expect(at(json, 'issuer')).toBe(`http://localhost:${port}`)
    const statuses = new Set<number>()
    for (let times = 0; times < 70; times++)
      statuses.add(
        (
          await send(`${strict.dataUrl}/oauth/register?${times}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: '{}',
          })
        ).status,
      )
    expect([...statuses]).toContain(429)
  })
})
