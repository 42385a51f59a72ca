/** Tokens that the gateway gets for its callers, by exchange and from a broker; and what becomes of tokens, and of failures. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CompactEncrypt, decodeJwt, importJWK, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postSecret } from '../../gateway-core/oauth/test/machine-provider.js'
import { findCanaries, type Canary } from '../peers/canary.js'
import { hiddenBackend, startMachineTeam, tokenOf, type MachineTeam } from '../peers/machine-team.js'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerJson } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { startGateway } from '../peers/start-gateway.js'

let team: MachineTeam

beforeAll(async () => {
  team = await startMachineTeam()
})

afterAll(() => team?.close())

beforeEach(() => team.reset())

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('token exchange', () => {
  it('keeps the subject: two callers at a time each get their own, once', async () => {
    const users = ['user-1', 'user-2']
    const tokens = await Promise.all(users.map((subject) => team.provider.userToken(subject, 'gateway')))
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, id) =>
        callModern(team.url('exchanged'), {
          id,
          headers: bearer(tokens[id % 2] ?? ''),
          params: { name: 'echo', arguments: { from: users[id % 2] } },
        }),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(team.provider.granted).toHaveLength(2)
    const pairs = team.server.requests.map((request) => [at(request.json, 'params.arguments.from'), decodeJwt(tokenOf(request)).sub])
    expect(pairs).toHaveLength(40)
    for (const [from, subject] of pairs) expect(subject).toBe(from)
  }) // prettier-ignore

  it('is refused for a caller without a token, before anything is asked', async () => {
    for (const slug of ['exchanged', 'headers'])
      expect(refusal(await callModern(team.url(slug), { key: team.key }))).toEqual(refused(502, 'no_caller_token'))
    expect([team.provider.granted.length, team.server.requests.length]).toEqual([0, 0])
  })
})

describe('a 401 of the server', () => {
  const refuse = (times: number): void =>
    team.server.answerWith((_request, response) => {
      if (times-- <= 0) return false
      answerJson(response, 401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' })
      return true
    })
  const call = async (slug: string) =>
    callModern(team.url(slug), { headers: bearer(await team.provider.userToken('user-3', 'gateway')) })

  it('to a token in a header is no challenge to the agent: an exchanged one is got anew once, the caller’s own cannot be', async () => {
    await team.gateway.putServer('told', {
      url: team.server.url,
      outbound_headers: [{ type: 'caller_token', header: 'x-user', prefix: 'Bearer ' }],
    })
    for (const [slug, isRenewed] of [
      ['told', false],
      ['headers', true],
      ['exchanged', true],
    ] as const) {
      refuse(1)
      const once = await call(slug)
      expect(isRenewed ? once.status : refusal(once)).toEqual(isRenewed ? 200 : refused(502, 'credential_rejected'))
      team.server.reset()
      refuse(9)
      const answer = await call(slug)
      expect(refusal(answer)).toEqual(refused(502, 'credential_rejected'))
      expect(answer.headers['www-authenticate']).toBeUndefined()
      expect(team.server.requests).toHaveLength(isRenewed ? 2 : 1)
    }
  })
})

describe('the token broker of HIGHFLAME_ADMIN_URL', () => {
  it('gives each caller their own token, encrypted for the gateway, and a 404 is no account', async () => {
    const { json, status } = await send(`${team.gateway.dataUrl}/oauth/jwks`)
    expect(status).toBe(200)
    const jwks = at(json, 'keys') as readonly JWK[]
    const jwk = jwks.find(({ use, alg }) => use === 'enc' && alg === 'ECDH-ES') ?? {}
    const encryption = await importJWK(jwk, 'ECDH-ES')
    team.broker.answerWith((request, response) => {
      const user = new URL(request.url, team.broker.origin).searchParams.get('user_id')
      if (user === 'stranger') return answerJson(response, 404, {})
      void new CompactEncrypt(new TextEncoder().encode(`downstream-of-${user}`))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: jwk.kid ?? '' })
        .encrypt(encryption)
        .then((token) => answerJson(response, 200, { encrypted_token: token }))
    })
    const bob = (await team.gateway.addKey({ name: 'bob', subject: 'bob' })).key
    for (const [user, userKey] of [['ada', team.key], ['bob', bob], ['ada', team.key]])
      expect((await team.called('brokered', { 'x-gatehouse-apikey': userKey ?? '' })).header('authorization')).toBe(`Bearer downstream-of-${user}`)
    expect(team.broker.requests.map(({ url: asked }) => asked)).toEqual(
      ['ada', 'bob'].map((user) => `/api/v1/downstream-tokens/brokered?account_id=acme&project_id=default&user_id=${user}`),
    )
    expect(team.broker.requests[0]?.header('authorization')).toBe('Bearer the-key-of-the-admin-api')
    const { body: secrets } = await team.gateway.api('GET', '/secrets')
    expect(JSON.stringify(secrets)).not.toContain('encryption-keys')
    const stranger = (await team.gateway.addKey({ name: 'stranger', subject: 'stranger' })).key
    expect(refusal(await callModern(team.url('brokered'), { key: stranger }))).toEqual(refused(200, 'account_needed'))
  }) // prettier-ignore
})

describe('what goes wrong', () => {
  it('is told with the provider’s code, and nothing goes to the server', async () => {
    const answer = await callModern(team.url('broken'), { key: team.key, id: 3 })
    expect(refusal(answer)).toEqual(refused(502, 'token_endpoint_failed', 3))
    expect(at(answer.json, 'error.data.detail')).toContain('invalid_client')
    expect(answer.text).not.toContain(postSecret)
    expect(refusal(await callModern(team.url('incomplete'), { key: team.key }))).toEqual(refused(502, 'secret_missing'))
    expect(team.server.requests).toEqual([])
  })

  it('is never a token that was got for a call that Shield denies', async () => {
    const guarded = await startGateway()
    try {
      await guarded.putSecret('gateway-client', postSecret)
      const shield = { on_failure: 'deny', timeout_ms: 500, remote: { url: 'http://127.0.0.1:1/evaluate' } }
      const servers = { 'hidden-backend': hiddenBackend(team.provider, team.server) }
      const applied = await guarded.api('POST', '/profiles', { gatehouse: 1, name: 'guarded', shield, mcpServers: servers })
      expect(applied.status).toBe(200)
      const agent = await guarded.addKey({ name: 'agent' })
      const answer = await callModern(`${guarded.dataUrl}/mcp/hidden-backend`, { key: agent.key })
      expect(refusal(answer)).toEqual(refused(403, 'shield_denied'))
      expect([team.provider.granted.length, team.server.requests.length]).toEqual([0, 0])
    } finally {
      await guarded.stop()
    }
  }) // prettier-ignore
})

describe('explain', () => {
  it('shows what would be got, and gets nothing', async () => {
    const { status, body } = await team.gateway.api('POST', '/explain', { server: 'hidden-backend', caller: 'ada' })
    expect(status).toBe(200)
    const outbound = at(body, 'outbound') as readonly Record<string, unknown>[]
    expect(at(body, 'allowed')).toBe(true)
    expect(outbound.map(({ name }) => name)).toEqual(expect.arrayContaining(['content-type', 'accept']))
    expect(outbound.find(({ name }) => name === 'authorization')).toMatchObject({
      value: '(fetched at call time)',
      masked: true,
      source: { kind: 'app_auth', rule: 'mcpServers.hidden-backend.app_auth', secret: 'gateway-client' },
    })
    const without = await team.gateway.api('POST', '/explain', { server: 'incomplete', caller: 'ada' })
    expect(at(without.body, 'allowed')).toBe(false)
    expect(JSON.stringify(at(without.body, 'problems'))).toContain('never-set')
    expect(team.provider.granted).toEqual([])
  })
})

describe('a token', () => {
  it('is nowhere but on the way to its server', async () => {
    const user = await team.provider.userToken('user-9', 'gateway')
    const canaries: Canary[] = []
    for (const slug of ['hidden-backend', 'kept', 'exchanged', 'headers']) {
      // The server says the token back to the agent, who may read it; the record of it may not.
      team.server.answerWith((request, response) => {
        answerJson(response, 200, { jsonrpc: '2.0', id: 1, result: { echo: request.headers } })
      })
      const request = await team.called(slug, bearer(user))
      for (const header of ['authorization', 'x-service-token', 'x-on-behalf-of']) {
        const value = tokenOf(request, header)
        if (value !== '') canaries.push({ label: `${slug} ${header}`, value: value.slice(-40) })
      }
    }
    expect(canaries).toHaveLength(5)
    const { body } = await team.gateway.api('GET', '/exchanges?limit=500')
    const ids = (at(body, 'items') as readonly { id: string }[]).map(({ id }) => id)
    const whole = await Promise.all(ids.map((id) => team.gateway.api('GET', `/exchanges/${id}`)))
    const told = [body, whole, await team.issuances('limit=500'), team.gateway.stderr()].map((part) =>
      JSON.stringify(part),
    )
    expect(told[1]).toContain('****')
    expect(findCanaries(told.join('\n'), canaries)).toEqual([])
    for (const name of await readdir(team.gateway.dataDir, { recursive: true, withFileTypes: true }))
      if (name.isFile())
        expect([name.name, ...findCanaries(await readFile(join(name.parentPath, name.name)), canaries)]).toEqual([
          name.name,
        ])
  })
})
