import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../../vault/account-store.js'
import { createOAuthHttp, type OAuthHttp } from '../../oauth-http.js'
import type { AccountPorts } from '../account-ports.js'
import { AccountTokens } from '../account-tokens.js'
import { fetchOver } from '../call-provider.js'
import type { ConnectTarget } from '../connect-target.js'
import { openRecordsStore, type RecordsStore } from './records-store.js'

const destination = 'https://mcp.example'
const owner = { server: 'files', subject: 'ada' }
const cause = { requestId: 'r', traceId: 't' }

let provider: Server
let origin: string
let requests: URLSearchParams[]
let answer: (form: URLSearchParams) => { readonly status: number; readonly body: object }
let store: RecordsStore
let http: OAuthHttp
let changes: string[]

beforeEach(async () => {
  requests = []
  changes = []
  answer = (form) => ({
    status: 200,
    body: { access_token: `next-${requests.length}`, refresh_token: `after-${form.get('refresh_token')}`, token_type: 'bearer', expires_in: 3600 },
  }) // prettier-ignore
  provider = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
      requests.push(form)
      const { status, body } = answer(form)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  store = openRecordsStore()
  http = createOAuthHttp({ requestTimeoutMs: 2000, maxRetries: 0 })
})

afterEach(async () => {
  await http.close()
  provider.closeAllConnections()
  provider.close()
  store.close()
})

function tokens(): AccountTokens {
  const target: ConnectTarget = {
    slug: 'files',
    serverUrl: `${destination}/mcp`,
    auth: { type: 'oauth2_authorization_code', client_id: 'c' },
    clientMetadataUrl: undefined,
    redirectUri: 'http://127.0.0.1:1/oauth/callback',
  }
  const ports: AccountPorts = {
    ...store,
    target: () => target,
    discover: () => Promise.reject(new Error('not expected')),
    fetchFor: (_target, headOnly) => fetchOver(http, 'typed', 1, headOnly),
    secret: () => Promise.reject(new Error('not expected')),
    issued: (_opened, grantType) => void changes.push(grantType),
    changed: (_account, what) => void changes.push(what),
  }
  return new AccountTokens(ports)
}

async function connect(expiresInMs: number | undefined, refreshToken: string | undefined = 'first'): Promise<Account> {
  const { account } = await store.accounts.connect(
    {
      server: 'files',
      subject: 'ada',
      destination,
      issuer: origin,
      client: { id: 'c', registration: 'static', redirectUri: 'http://127.0.0.1:1/oauth/callback' },
      tokenUrl: `${origin}/token`,
      resource: `${destination}/mcp`,
      scopes: ['read'],
      ...(expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs).toISOString() }),
    },
    { accessToken: 'now', ...(refreshToken === '' ? {} : { refreshToken }) },
  )
  return account
}

const current = (of = tokens()) => of.current(owner, undefined, destination, cause)

describe('the token of an account', () => {
  it.each([3_600_000, undefined])('is used as it is while it is good (%s ms)', async (expiresInMs) => {
    await connect(expiresInMs)
    expect(await current()).toMatchObject({ kind: 'token', accessToken: 'now' })
    expect(requests).toEqual([])
  })

  it('is refreshed when it has ended, with the resource it is for, and kept before it is used', async () => {
    await connect(-1000)
    expect(await current()).toMatchObject({ kind: 'token', accessToken: 'next-1' })
    expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'first',
      resource: `${destination}/mcp`,
      client_id: 'c',
    })
    expect(await store.accounts.find(owner)).toMatchObject({
      tokens: { accessToken: 'next-1', refreshToken: 'after-first' },
    })
  })

  it('is refreshed once for many who ask, also for two who share the vault and nothing else', async () => {
    await connect(-1000)
    const [one, other] = [tokens(), tokens()]
    const given = await Promise.all(Array.from({ length: 50 }, (_, n) => current(n % 2 === 0 ? one : other)))
    expect(new Set(given.map((each) => (each.kind === 'token' ? each.accessToken : each.reason)))).toEqual(
      new Set(['next-1']),
    )
    expect(requests).toHaveLength(1)
  })

  it('goes nowhere but to the server that it was connected for', async () => {
    await connect(3_600_000)
    expect(await tokens().current(owner, undefined, 'https://evil.example', cause)).toMatchObject({ kind: 'needed' })
    expect(await tokens().current({ ...owner, subject: 'bob' }, undefined, destination, cause)).toMatchObject({
      kind: 'needed',
      account: undefined,
    })
  })

  it('stays when the provider fails, and is used for as long as it is good', async () => {
    const account = await connect(-1000)
    answer = () => ({ status: 500, body: {} })
    await expect(current()).rejects.toMatchObject({ code: 'token_endpoint_failed' })
    // Once more after a 5xx, as is set.
    expect(requests).toHaveLength(2)
    expect(await store.accounts.get(account.id)).toMatchObject({
      account: { status: 'connected', generation: account.generation },
      tokens: { refreshToken: 'first' },
    })
  })

  it('ends when the provider says that the grant has, for that generation alone', async () => {
    await connect(-1000)
    answer = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'first was revoked' } })
    const ended = await current()
    expect(ended).toMatchObject({ kind: 'needed' })
    expect(JSON.stringify(ended)).not.toContain('first was revoked')
    expect(changes).toEqual(['sign_in_needed'])
    expect(await current()).toMatchObject({ kind: 'needed' })
    expect(requests).toHaveLength(1)
  })

  it('is what somebody else got meanwhile where the provider refused an older one', async () => {
    const account = await connect(-1000)
    answer = () => {
      void store.accounts.refresh(account.id, account.generation, {
        tokens: { accessToken: 'theirs', refreshToken: 'x' },
      })
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    expect(await current()).toMatchObject({ kind: 'token', accessToken: 'theirs' })
    expect(changes).toEqual([])
  })

  it('needs a sign-in where it has ended and there is nothing to refresh it with', async () => {
    await connect(-1000, '')
    expect(await current()).toMatchObject({ kind: 'needed', reason: expect.stringContaining('no refresh token') })
  })

  it('is not refreshed again where it already was when the server refused the one before', async () => {
    const account = await connect(3_600_000)
    const of = tokens()
    expect(await of.afterRefusal(account, cause)).toMatchObject({ kind: 'token', accessToken: 'next-1' })
    expect(await of.afterRefusal(account, cause)).toMatchObject({ kind: 'token', accessToken: 'next-1' })
    expect(requests).toHaveLength(1)
  })
})
