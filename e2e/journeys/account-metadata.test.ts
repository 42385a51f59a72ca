/** Metadata that means harm: nobody is asked, no token is stored, and the genuine provider still connects. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture } from '../peers/account-fixture.js'
import { visit } from '../peers/oauth-provider.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'

let peers: AccountFixture
/** That nobody may come to. */
let trap: RecordingServer
/** An MCP server whose metadata means harm. */
let hostile: RecordingServer

beforeAll(async () => {
  ;[peers, trap, hostile] = await Promise.all([AccountFixture.start(), startRecordingServer(), startRecordingServer()])
  const app_auth = { type: 'oauth2_authorization_code' }
  await peers.gateway.putServer('hostile', { url: hostile.url, app_auth })
})
afterAll(async () => {
  await peers?.stop()
  await trap?.close()
  await hostile?.close()
})
afterEach(async () => {
  hostile.reset()
  await peers.reset()
})

/** @returns status and code of the attempt to begin */
async function begun(slug: string): Promise<unknown> {
  const { status, body } = await peers.gateway.api('POST', `/servers/${slug}/connect`, { subject: 'alice' })
  return [status, at(body, 'code')]
}
const refusedToken = [502, 'token_endpoint_failed']

const harmful = [
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:application/json,{}',
  'http://evil.example/token',
  'https://169.254.169.254/latest/meta-data',
  'https://[fd00:ec2::254]/token',
  'https://0.0.0.0/token',
  'https://user:password@evil.example/token',
]

describe('a provider’s metadata', () => {
  // First, as a client that is registered is not registered again.
  it.each(harmful)('that names %s for registration leads nowhere', async (url) => {
    peers.provider.editMetadata = (document) => (document['registration_endpoint'] = url)
    expect(await begun('files')).toEqual(refusedToken)
  })

  it.each(harmful)('that names %s for tokens leads nowhere, and the genuine one still connects', async (url) => {
    peers.provider.editMetadata = (document) => (document['token_endpoint'] = url)
    const { status, body } = await peers.gateway.api('POST', '/servers/files/connect', { subject: 'alice' })
    // What is an https: URL is only found out when a token is asked for.
    if (status === 200) await visit(String(at(body, 'authorizationUrl')), { user: 'alice@provider' })
    else expect(at(body, 'code')).toBe('token_endpoint_failed')
    expect(await peers.accounts()).toEqual([])
    expect(peers.provider.counts.size).toBe(0)
    peers.provider.editMetadata = undefined
    await peers.connect('alice')
  })

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['redirects', (response) => response.writeHead(302, { location: `${trap.origin}/metadata` }).end()],
    ['is 10 MB long', (response) => answerJson(response, 200, { issuer: 'x'.repeat(10_000_000) })],
    ['is a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['is a list', (response) => answerJson(response, 200, [])],
  ])('that %s is not used', async (_what, answer) => {
    peers.provider.intercept = ({ url = '' }: IncomingMessage, response) => {
      if (!url.startsWith('/.well-known/')) return false
      answer(response)
      return true
    }
    expect(await begun('files')).toEqual(refusedToken)
    expect([trap.requests, await peers.accounts()]).toEqual([[], []])
    peers.provider.intercept = undefined
    await peers.connect('alice')
  })
})

describe('a server’s metadata', () => {
  const challenge = (url: string): void =>
    hostile.answerWith((_request, response) => {
      answerJson(response, 401, {}, { 'www-authenticate': `Bearer resource_metadata="${url}"` })
    })
  const wellKnown = '/.well-known/oauth-protected-resource/mcp'

  it.each([...harmful, 'https://evil.example/metadata'])('is not looked for at %s', async (url) => {
    challenge(url)
    expect(await begun('hostile')).toEqual(refusedToken)
    expect(hostile.requests).toHaveLength(1)
  })

  it('is not looked for at another server of this machine', async () => {
    challenge(`${trap.origin}${wellKnown}`)
    expect(await begun('hostile')).toEqual(refusedToken)
    expect(trap.requests).toEqual([])
  })

  it.each(harmful)('does not send to the authorization server %s', async (issuer) => {
    hostile.answerWith(({ url }, response) => {
      if (url !== wellKnown) return false
      answerJson(response, 200, { resource: hostile.url, authorization_servers: [issuer] })
      return true
    })
    expect(await begun('hostile')).toEqual(refusedToken)
  })

  it('is not followed when it redirects', async () => {
    hostile.answerWith(({ url }, response) => {
      if (!url.startsWith('/.well-known/')) return false
      response.writeHead(302, { location: `${trap.origin}/metadata` }).end()
      return true
    })
    expect(await begun('hostile')).toEqual(refusedToken)
    expect(trap.requests).toEqual([])
  })
})

describe('the profile’s settings of OAuth', () => {
  const profile = (name: string, oauth: object) => ({
    gatehouse: 1,
    name,
    oauth,
    mcpServers: { [name]: { url: peers.server.url, app_auth: { type: 'oauth2_authorization_code' } } },
  })
  const clientUrl = 'https://team.example.com/gatehouse-client.json'
  const authorizationOf = async (name: string): Promise<URL> => {
    const { body } = await peers.gateway.api('POST', `/servers/${name}/connect`, { subject: 'alice' })
    return new URL(String(at(body, 'authorizationUrl')))
  }

  it('a client metadata document is who the gateway is, to a provider that takes one, and nobody registers', async () => {
    await peers.gateway.api('POST', '/profiles', profile('documented', { client_metadata_url: clientUrl }))
    const registrations: string[] = []
    peers.provider.intercept = ({ url = '', method }) => {
      if (url === '/reg') registrations.push(String(method))
      return false
    }
    peers.provider.editMetadata = (document) => (document['client_id_metadata_document_supported'] = true)
    expect((await authorizationOf('documented')).searchParams.get('client_id')).toBe(clientUrl)
    expect(registrations).toEqual([])
    peers.provider.editMetadata = undefined
    expect((await authorizationOf('documented')).searchParams.get('client_id')).not.toBe(clientUrl)
  })

  it('callback_host: localhost is where the provider sends the browser, which connects the account', async () => {
    await peers.gateway.api('POST', '/profiles', profile('by-name', { callback_host: 'localhost' }))
    const authorizationUrl = await authorizationOf('by-name')
    const callback = `http://localhost:${new URL(peers.gateway.dataUrl).port}/oauth/callback`
    expect(authorizationUrl.searchParams.get('redirect_uri')).toBe(callback)
    const page = await visit(authorizationUrl.href, { user: 'alice@provider' })
    expect([page.status, page.url.startsWith(callback)]).toEqual([200, true])
    expect(await peers.accounts()).toMatchObject([{ server: 'by-name', status: 'connected' }])
    expect((await send(`${peers.gateway.dataUrl}/oauth/callback?state=x&code=y`)).status).toBe(400)
  })
})
