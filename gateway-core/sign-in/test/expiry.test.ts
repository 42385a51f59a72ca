import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { SignInRecord, SignInStore } from '../../vault/sign-in-store.js'
import { GatewaySignIn } from '../sign-in.js'
import type { BegunSignIn, Grant, ProviderAnswer, RefusedRequest } from '../sign-in-ports.js'

const verifier = 'v'.repeat(43)
const redirectUri = 'http://127.0.0.1:1/callback'
const refused: RefusedRequest[] = []
const changes: [string, Grant][] = []
let server: Server
let base: string
let signIn: GatewaySignIn
/** What the identity provider answers next. */
let answer: ProviderAnswer<BegunSignIn> | undefined
const store = memoryStore()

beforeAll(async () => {
  server = createServer((request, response) => {
    const uid = /^\/oauth\/consent\/([\w-]+)$/.exec(request.url ?? '')?.[1]
    const isPost = request.method === 'POST'
    if (uid === undefined) return void signIn.handle(request, response, base)
    const made = isPost ? signIn.decide(request, response, base, uid) : signIn.showConsent(request, response, base, uid)
    void made.then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  signIn = new GatewaySignIn({
    store,
    secrets: memorySecrets(),
    identityProvider: {
      issuer: () => undefined,
      begin: async () => '',
      finish: async () => answer,
      refresh: async () => 'ended',
      revoke: async () => undefined,
      forget: () => undefined,
    },
    offered: () => [{ slug: 'files', description: undefined, isInteractive: true, isMember: true }],
    fetchDocument: async () => new Response(null, { status: 404 }),
    issued: () => undefined,
    refused: (request) => refused.push(request),
    changed: (grant, what) => changes.push([what, grant]),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    nowMs: () => Date.now(),
  })
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
afterEach(() => vi.useRealTimers())

it('refuses a code after a minute, and says so to whoever records', async () => {
  const { clientId, code } = await askForCode()
  later(61)
  const answer = await redeem(clientId, code)
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant' }])
  expect(refused.at(-1)).toMatchObject({ path: '/oauth/token', status: 400, error: 'invalid_grant' })
  expect(JSON.stringify(refused)).not.toContain(code)
})

it('refuses an access token after ten minutes and some leeway', async () => {
  const { clientId, code } = await askForCode()
  const { access_token: token } = (await (await redeem(clientId, code)).json()) as { access_token: string }
  const identify = () => signIn.tokens.identify(token, base, 'files')
  expect((await identify()).caller).toMatchObject({ subject: 'local', method: 'oauth', client: clientId })
  later(600)
  expect((await identify()).grant.servers).toEqual(['files'])
  later(31)
  await expect(identify()).rejects.toThrow('"exp"')
  expect(changes.map(([what]) => what)).toContain('approved')
})

it('keeps nothing of a person whom another browser led to the provider', async () => {
  const person = { issuer: 'https://idp.example', sub: 'victim', claims: {}, accessToken: 'the victim’s' }
  answer = { kind: 'signed_in', begun: { uid: 'of-the-attacker', baseUrl: base, servers: undefined }, person }
  const arrived = await signIn.callback(new URLSearchParams())
  const next = String(arrived?.headers['location'])
  expect(next).toContain('/oauth/consent/of-the-attacker/return?ticket=')
  expect(await store.list('Person')).toEqual([])
})

function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}

async function askForCode(): Promise<{ clientId: string; code: string }> {
  const registered = await fetch(`${base}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Agent', redirect_uris: [redirectUri] }),
  })
  const { client_id: clientId } = (await registered.json()) as { client_id: string }
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: `${base}/mcp/files`,
  })
  const cookies = new Map<string, string>()
  const visit = async (url: string, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(body === undefined ? {} : { method: 'POST', body }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return answer
  }
  const next = (answer: Response): string => new URL(answer.headers.get('location') ?? '', base).href
  const consent = next(await visit(`${base}/oauth/authorize?${parameters.toString()}`))
  const csrf = /name="csrf" value="([^"]+)"/.exec(await (await visit(consent)).text())?.[1] ?? ''
  const resume = next(await visit(consent, new URLSearchParams({ csrf, decision: 'approve' })))
  const code = new URL(next(await visit(resume))).searchParams.get('code') ?? ''
  return { clientId, code }
}

function redeem(clientId: string, code: string): Promise<Response> {
  const grant = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }
  return fetch(`${base}/oauth/token`, { method: 'POST', body: new URLSearchParams({ client_id: clientId, ...grant }) })
}

function memorySecrets() {
  let kept: string | undefined
  return {
    open: async () =>
      kept === undefined
        ? ({ outcome: 'missing' } as const)
        : ({ outcome: 'value', value: kept, generation: 1 } as const),
    put: async ({ name, value }: { name: string; value: string }) => {
      kept = value
      return { name, generation: 1, destinations: [], createdAt: '', updatedAt: '' }
    },
  }
}

/** Forgets nothing by itself: what has expired is still found, so that the authorization server has to notice. */
function memoryStore(): SignInStore {
  const records = new Map<string, SignInRecord & { consumedMs?: number }>()
  const keyOf = (kind: string, id: string): string => `${kind} ${id}`
  return {
    put: async (record) => void records.set(keyOf(record.kind, record.id), record),
    find: async (kind, id) => records.get(keyOf(kind, id)),
    findByUid: async (kind, uid) => [...records.values()].find((record) => record.kind === kind && record.uid === uid),
    list: async (kind) => [...records.values()].flatMap((record) => (record.kind === kind ? [record.document] : [])),
    consume: async (kind, id) => {
      const record = records.get(keyOf(kind, id))
      if (record !== undefined) records.set(keyOf(kind, id), { ...record, consumedMs: Date.now() })
    },
    remove: async (kind, id) => void records.delete(keyOf(kind, id)),
    removeGrant: async (grantId) => {
      for (const [key, record] of records) if (record.grantId === grantId) records.delete(key)
    },
  }
}
