/** Accounts: connected in a browser, used for calls, refreshed, revoked and connected again. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { nextEvent, runGatehouse } from '../peers/command-line.js'
import { callModern } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

/** Of a gateway that can be set ahead. */
const clock = { NODE_OPTIONS: `--import=${new URL('../peers/moved-clock.mjs', import.meta.url).href}` }

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start(clock)
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

describe('an account', () => {
  it('is connected in a browser, and its token is what the server gets', async () => {
    await peers.connect('alice')
    const answer = await peers.whoami(peers.alice)
    expect(answer.status).toBe(200)
    expect(textOf(answer)).toBe('whoami as alice@provider')
    expect(await peers.accounts()).toMatchObject([{ subject: 'alice', status: 'connected', server: 'files' }])
  })

  it('leaves what its provider was asked in a lane of exchanges of its own, without anything secret', async () => {
    await peers.connect('alice')
    await peers.whoami(peers.alice)
    peers.refuseLastToken()
    await peers.whoami(peers.alice)
    const lane = await peers.gateway.api('GET', '/exchanges?q=lane:auth+server:files&limit=500')
    const items = at(lane.body, 'items') as Record<string, unknown>[]
    const methods = new Set(items.map(({ method }) => method))
    for (const purpose of ['discovery', 'registration', 'token', 'refresh'])
      expect(methods).toContain(`oauth/${purpose}`)
    const refreshed = items.find(({ method }) => method === 'oauth/refresh')
    const calls = await peers.gateway.api('GET', `/exchanges?q=request:${String(refreshed?.['causedBy'])}`)
    expect(at(calls.body, 'items.0')).toMatchObject({ method: 'tools/call', server: 'files' })
    const whole = await Promise.all(items.map(({ id }) => peers.gateway.api('GET', `/exchanges/${String(id)}`)))
    const text = JSON.stringify(whole)
    expect(text).toContain('grant_type=refresh_token')
    expect(text).not.toMatch(
      /(?:code|code_verifier|refresh_token|client_secret|access_token)(?:=|\\*":\\*")(?!\*{4})[^*]{4}/,
    )
    for (const { token } of peers.server.seen) if (token !== '') expect(text).not.toContain(token.slice(0, 20))
  })

  it('is its subject’s alone', async () => {
    await peers.connect('alice')
    await peers.connect('bob')
    const answers = await Promise.all([
      peers.whoami(peers.alice),
      peers.whoami(peers.bob),
      peers.whoami(peers.alice),
      peers.whoami(peers.bob),
    ])
    expect(answers.map(textOf)).toEqual([
      'whoami as alice@provider',
      'whoami as bob@provider',
      'whoami as alice@provider',
      'whoami as bob@provider',
    ])
  })

  it('asks the provider with PKCE, a resource, a state and the scopes of the challenge', async () => {
    const { authorizationUrl } = await peers.begin('alice')
    const { origin, searchParams } = new URL(authorizationUrl)
    expect(origin).toBe(peers.provider.origin)
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      resource: peers.server.url,
      scope: 'mcp:read',
      redirect_uri: `${peers.gateway.dataUrl}/oauth/callback`,
    })
    expect(Buffer.from(searchParams.get('state') ?? '', 'base64url')).toHaveLength(32)
    expect(Buffer.from(searchParams.get('code_challenge') ?? '', 'base64url')).toHaveLength(32)
  })

  it('is refreshed when the server refuses its token, and the call is sent once more', async () => {
    await peers.connect('alice')
    await peers.whoami(peers.alice)
    peers.refuseLastToken()
    const answer = await peers.whoami(peers.alice)
    expect(textOf(answer)).toBe('whoami as alice@provider')
    expect(peers.provider.counts.get('refresh_token')).toBe(1)
  })

  it('is refreshed once by 100 calls at a time, none of which fails', async () => {
    await peers.connect('alice')
    for (let round = 1; round <= 5; round++) {
      await peers.whoami(peers.alice)
      peers.refuseLastToken()
      const answers = await Promise.all(Array.from({ length: 100 }, () => peers.whoami(peers.alice)))
      expect(answers.filter((answer) => textOf(answer) !== 'whoami as alice@provider')).toEqual([])
      expect(peers.provider.counts.get('refresh_token')).toBe(round)
      expect(peers.provider.counts.get('refresh_token refused')).toBeUndefined()
    }
  })

  it('is refreshed before its token ends', async () => {
    peers.provider.accessTokenSeconds = 4
    await peers.connect('alice')
    peers.provider.accessTokenSeconds = 3600
    const { token } = (await peers.whoami(peers.alice), peers.server.seen.at(-1) ?? { token: '' })
    await expect.poll(() => tokenOfNext(), { timeout: 6000 }).not.toBe(token)
    expect(peers.server.seen.filter((one) => one.token !== '' && one.subject === undefined)).toEqual([])
  })

  const tokenOfNext = async (): Promise<string | undefined> => {
    await peers.whoami(peers.alice)
    return peers.server.seen.at(-1)?.token
  }

  it('outlives a provider that answers 503, and one that does not answer at all', async () => {
    await peers.connect('alice')
    await peers.whoami(peers.alice)
    peers.refuseLastToken()
    peers.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false
      response.writeHead(503).end()
      return true
    }
    const refused = await peers.whoami(peers.alice)
    expect([refused.status, at(refused.json, 'error.data.code')]).toEqual([502, 'token_endpoint_failed'])
    expect(await peers.accounts()).toMatchObject([{ status: 'connected' }])
    peers.provider.intercept = undefined
    expect(textOf(await peers.whoami(peers.alice))).toBe('whoami as alice@provider')
  })

  it('needs a new sign-in when the provider withdrew it, and works again after that', async () => {
    await peers.connect('alice')
    await peers.whoami(peers.alice)
    peers.refuseLastToken()
    peers.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
      return true
    }
    const answer = await peers.whoami(peers.alice)
    expect(at(answer.json, 'result.isError')).toBe(true)
    peers.provider.intercept = undefined
    expect(await peers.accounts()).toMatchObject([{ status: 'sign_in_needed' }])
    const { body } = await peers.gateway.api('GET', '/servers/files')
    expect(at(body, 'state')).toMatchObject({ status: 'sign_in_needed', reason: expect.stringContaining('withdrew') })
    await peers.connect('alice')
    expect(textOf(await peers.whoami(peers.alice))).toBe('whoami as alice@provider')
  })

  it('is asked for before any call, for oneself and for the organization, until it is connected', async () => {
    const stateOf = async (slug: string): Promise<unknown> =>
      at((await peers.gateway.api('GET', `/servers/${slug}`)).body, 'state')
    for (const [slug, per] of [
      ['mine', 'user'],
      ['ours', 'organization'],
    ] as const) {
      const config = { url: peers.server.url, app_auth: { type: 'oauth2_authorization_code', per } }
      const waits = { status: 'sign_in_needed', reason: 'No account is connected yet.' }
      const { body } = await peers.gateway.api('PUT', `/servers/${slug}`, config)
      expect(at(body, 'state')).toMatchObject(waits)
      expect(await runGatehouse(peers.gateway, 'servers', 'list')).toMatch(new RegExp(`${slug} +sign_in_needed`))
      const told = nextEvent(peers.gateway, 'server')
      await peers.connect('local', slug)
      expect(await told).toMatchObject({ slug, state: { status: 'ready' } })
      expect(await stateOf(slug)).toMatchObject({ status: 'ready' })
      const [account] = (await peers.accounts()).slice(-1)
      await peers.gateway.api('DELETE', `/accounts/${account?.id}`)
      expect(await stateOf(slug)).toMatchObject(waits)
      await peers.gateway.api('DELETE', `/servers/${slug}`)
    }
  })

  it('is revoked at the provider when it is removed', async () => {
    await peers.connect('alice')
    const revoked: string[] = []
    peers.provider.intercept = (request) => {
      if (request.url === '/token/revocation') revoked.push(request.method ?? '')
      return false
    }
    const [account] = await peers.accounts()
    expect((await peers.gateway.api('DELETE', `/accounts/${account?.id}`)).status).toBe(204)
    expect(revoked).toEqual(['POST'])
    expect(await peers.accounts()).toEqual([])
    expect(at((await peers.whoami(peers.alice)).json, 'result.isError')).toBe(true)
  })

  it('is not connected where the person refuses', async () => {
    const { authorizationUrl, attemptId } = await peers.begin('alice')
    const page = await visit(authorizationUrl, { user: 'alice', deny: true })
    expect(page.status).toBe(200)
    expect(page.text).toContain('Nothing was granted')
    expect(page.text).not.toContain('<b>')
    expect(await peers.attempt(attemptId)).toMatchObject({ status: 'failed' })
    expect(await peers.accounts()).toEqual([])
  })
})

describe('more scopes', () => {
  it('are asked for together with those that were granted, and then the same call works', async () => {
    await peers.connect('alice')
    const answer = await peers.whoami(peers.alice, 'write')
    expect(at(answer.json, 'result.isError')).toBe(true)
    const link = linkIn(textOf(answer))
    const { headers } = await send(link)
    expect(new URL(String(headers.location)).searchParams.get('scope')?.split(' ').sort()).toEqual([
      'mcp:read',
      'mcp:write',
    ])
    expect((await visit(String(headers.location), { user: 'alice@provider' })).status).toBe(200)
    expect(textOf(await peers.whoami(peers.alice, 'write'))).toBe('write as alice@provider')
  })

  it('are asked for twice at most', async () => {
    await peers.connect('alice')
    peers.server.extraScope = 'never:granted'
    const answers = [await peers.whoami(peers.alice), await peers.whoami(peers.alice), await peers.whoami(peers.alice)]
    expect(answers.map((answer) => [answer.status, at(answer.json, 'error.data.code')])).toEqual([
      [200, undefined],
      [200, undefined],
      [403, 'insufficient_scope'],
    ])
    expect(at(answers[2]?.json, 'error.data.connectUrl')).toBeUndefined()
  })
})

describe('two gateways on one vault', () => {
  let other: RunningGateway
  beforeAll(async () => {
    other = await startGateway({ dataDir: peers.gateway.dataDir, env: clock })
  })
  afterAll(() => other?.stop())

  /** 100 calls at a time, half of them of each. @returns those that failed */
  const callBoth = async (): Promise<readonly unknown[]> => {
    const bases = [peers.gateway.dataUrl, other.dataUrl]
    const calls = Array.from({ length: 100 }, (_, n) =>
      callModern(`${bases[n % 2]}/mcp/files`, { key: peers.alice, params: { name: 'whoami', arguments: {} } }),
    )
    return (await Promise.all(calls)).map(textOf).filter((text) => text !== 'whoami as alice@provider')
  }

  it.each([
    ['when its token has expired by the clock, 20 times', 20, setClocksAhead],
    ['when the server refuses its token, 3 times', 3, async () => peers.refuseLastToken()],
  ])(
    'refresh an account once between them, and fail no call, %s',
    async (_when, rounds, expire) => {
      await peers.connect('alice')
      expect(await callBoth()).toEqual([])
      for (let round = 1; round <= rounds; round++) {
        await expire()
        expect(await callBoth()).toEqual([])
        expect(peers.provider.counts.get('refresh_token')).toBe(round)
        expect(peers.provider.counts.get('refresh_token refused')).toBeUndefined()
      }
      expect(await peers.accounts()).toMatchObject([{ subject: 'alice', status: 'connected' }])
    },
    120_000,
  )

  /** By an hour, which is how long a token lives. */
  async function setClocksAhead(): Promise<void> {
    for (const { pid, stderr } of [peers.gateway, other]) {
      const told = (): number => stderr().split(' h ahead').length
      const before = told()
      process.kill(pid, 'SIGUSR2')
      await expect.poll(told, { timeout: 10_000, interval: 5 }).toBe(before + 1)
    }
  }
})
