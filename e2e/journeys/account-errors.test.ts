/** Sign-ins that fail: what was measured is told apart from what is guessed, with one thing to do. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send } from '../peers/send.js'

let peers: AccountFixture

const timeoutSeconds = 3

beforeAll(async () => {
  peers = await AccountFixture.start({ OAUTH_REQUEST_TIMEOUT: String(timeoutSeconds) })
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

async function begun(): Promise<{ readonly callback: URL; readonly attemptId: string }> {
  const { authorizationUrl, attemptId } = await peers.begin('alice')
  const { url } = await visit(authorizationUrl, { user: 'alice@provider', stopAtCallback: true })
  return { callback: new URL(url), attemptId }
}

/** The provider sends the browser back with this error. */
async function refusedWith(error: string, description: string): Promise<{ text: string; attempt: unknown }> {
  const { callback, attemptId } = await begun()
  callback.searchParams.delete('code')
  callback.searchParams.set('error', error)
  callback.searchParams.set('error_description', description)
  const { text } = await send(callback.href)
  return { text, attempt: await peers.attempt(attemptId) }
}

const diagnosisOf = (attempt: unknown): unknown => at(attempt, 'diagnosis')

describe('a sign-in that the provider ends', () => {
  it.each([
    ['access_denied', 'Not today', 'OAUTH_DENIED', 'You pressed Cancel, or an administrator blocks it'],
    ['invalid_request', 'redirect_uri did not match', 'OAUTH_REDIRECT_MISMATCH', 'The callback address doesn’t match'],
    ['unauthorized_client', 'Who is this?', 'OAUTH_INVALID_CLIENT', 'The provider doesn’t know this app'],
  ])('with %s says so, in its own words and in ours', async (error, words, code, title) => {
    const { text, attempt } = await refusedWith(error, words)
    expect(attempt).toMatchObject({ status: 'failed' })
    expect(diagnosisOf(attempt)).toMatchObject({ code, title, fix: expect.any(String) })
    expect(JSON.stringify(at(diagnosisOf(attempt), 'facts'))).toContain(words)
    expect(text).toContain(title)
    expect(text).toContain(words)
    expect(text).not.toContain('<script')
  })

  it('for a callback address tells which one was sent, and what is only a guess', async () => {
    const { attempt } = await refusedWith('redirect_uri_mismatch', 'x')
    const diagnosis = diagnosisOf(attempt)
    expect(JSON.stringify(at(diagnosis, 'facts'))).toContain(`${peers.gateway.dataUrl}/oauth/callback`)
    expect(at(diagnosis, 'likelyCause')).toContain('127.0.0.1 and localhost')
  })

  it('at its token endpoint, which does not know the client, is told with the client', async () => {
    const { callback, attemptId } = await begun()
    peers.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}')
      return true
    }
    expect((await send(callback.href)).text).toContain('registered automatically')
    expect(diagnosisOf(await peers.attempt(attemptId))).toMatchObject({
      code: 'OAUTH_INVALID_CLIENT',
      fix: 'Connect again: Gatehouse registers anew.',
    })
  })
})

describe('a token endpoint', () => {
  it('that does not answer is told with how long it was waited for', async () => {
    const { callback, attemptId } = await begun()
    peers.provider.intercept = ({ url }) => url === '/token'
    const { text } = await send(callback.href)
    expect(text).toContain(`No answer in ${timeoutSeconds} s`)
    expect(diagnosisOf(await peers.attempt(attemptId))).toMatchObject({
      code: 'TIMEOUT_TOKEN',
      facts: [expect.stringContaining(peers.provider.origin)],
      fix: expect.stringContaining('OAUTH_REQUEST_TIMEOUT'),
    })
    // The code may have arrived, so it was not sent again; a sign-in that is begun anew works.
    peers.provider.intercept = undefined
    await peers.connect('alice')
  })

  it('that gives nothing any more is told with when it last did', async () => {
    await peers.connect('alice')
    peers.refuseLastToken()
    await peers.whoami(peers.alice)
    peers.provider.ended.add('alice@provider')
    peers.refuseLastToken()
    const answer = await peers.whoami(peers.alice)
    peers.provider.ended.delete('alice@provider')
    expect(at(answer.json, 'result.isError')).toBe(true)
    const [account] = await peers.accounts()
    expect(account?.status).toBe('sign_in_needed')
    for (const told of [textOf(answer), at(account, 'reason')]) {
      expect(told).toMatch(/gave no token: invalid_grant .* The last token was given at \d{4}-.*Z\. Most likely: /)
      expect(told).toContain('withdrew the access')
    }
    // The very same call works after signing in.
    await visit(linkIn(textOf(answer)), { user: 'alice@provider' })
    expect(textOf(await peers.whoami(peers.alice))).toBe('whoami as alice@provider')
  })
})

describe('a provider whose clock is four minutes ahead', () => {
  const bothTimes = /By the provider’s clock it is \S+Z, by this machine’s \S+Z\./
  const ahead = (): string => new Date(Date.now() + 4 * 60_000).toUTCString()
  beforeEach(() => {
    peers.provider.intercept = (_request, response) => {
      response.setHeader('date', ahead())
      return false
    }
  })

  it('is told on the page that says the account is connected, and in the log', async () => {
    const { callback } = await begun()
    const { status, text } = await send(callback.href)
    expect([status, text]).toEqual([200, expect.stringMatching(bothTimes)])
    const { stderr } = peers.gateway
    await expect.poll(stderr).toMatch(/"theirs":"[^"]+Z","ours":"[^"]+Z","msg":"the clock of an authorization server/)
  })

  it('is told beside what the provider refuses', async () => {
    const { callback, attemptId } = await begun()
    peers.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false
      response.writeHead(400, { 'content-type': 'application/json', date: ahead() }).end('{"error":"invalid_grant"}')
      return true
    }
    const { text } = await send(callback.href)
    expect(text).toMatch(/By its clock it is \S+Z, by this machine’s \S+Z\./)
    expect(at(await peers.attempt(attemptId), 'error')).toContain('By its clock')
  })
})

describe('a tab that nothing waits for', () => {
  it('of a sign-in that is done is told from one that was never begun', async () => {
    const { callback } = await begun()
    await send(callback.href)
    const again = await send(callback.href)
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('connected the account already')])
    callback.searchParams.set('state', 'A'.repeat(43))
    const unknown = await send(callback.href)
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('was not started here')])
  })

  it('from another provider shows which one was expected and which one answered', async () => {
    const { callback } = await begun()
    callback.searchParams.set('iss', 'https://evil.example')
    callback.searchParams.set('error_description', 'call this number')
    const { text } = await send(callback.href)
    expect(text).toContain(`Expected: ${peers.provider.origin}`)
    expect(text).toContain('Received: https://evil.example')
    expect(text).not.toContain('call this number')
  })
})

describe('a sign-in that cannot begin', () => {
  it.each([
    ['OAUTH_NO_REGISTRATION', (document: Record<string, unknown>) => delete document['registration_endpoint'], {}],
    [
      'OAUTH_ISSUER_MISMATCH',
      (document: Record<string, unknown>) => (document['issuer'] = 'https://evil.example'),
      { received: 'https://evil.example' },
    ],
    [
      'OAUTH_RESOURCE_MISMATCH',
      () => (peers.server.resource = 'https://elsewhere.example/mcp'),
      { received: 'https://elsewhere.example/mcp', expected: expect.stringMatching(/^http:.*\/mcp$/) },
    ],
  ])('is a problem with its diagnosis: %s', async (code, edit, more) => {
    peers.provider.editMetadata = (document) => void edit(document)
    if (code === 'OAUTH_RESOURCE_MISMATCH') edit({})
    // One that was registered before would do.
    await peers.gateway.putServer('errors', {
      url: peers.server.url,
      app_auth: { type: 'oauth2_authorization_code', registration: 'dcr' },
    })
    const { status, body } = await peers.gateway.api('POST', '/servers/errors/connect')
    expect([status, at(body, 'code')]).toEqual([502, 'token_endpoint_failed'])
    expect(diagnosisOf(body)).toMatchObject({ code, ...more, fix: expect.any(String) })
    await peers.gateway.api('DELETE', '/servers/errors')
  })
})

it('a server that refuses even a new token is told with what it wants and what there is', async () => {
  await peers.connect('alice')
  const { server } = peers
  const takesNone = { has: () => true, add: () => takesNone, clear: () => undefined } as unknown as Set<string>
  const refused = server.refused
  Object.assign(server, { refused: takesNone })
  const answer = await peers.whoami(peers.alice)
  Object.assign(server, { refused })
  expect(at(answer.json, 'result.isError')).toBe(true)
  expect(textOf(answer)).toContain('though it is new')
  expect(textOf(answer)).toContain('Most likely: ')
  expect(await peers.accounts()).toMatchObject([{ status: 'sign_in_needed' }])
})
