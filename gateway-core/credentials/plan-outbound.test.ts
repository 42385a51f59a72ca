import { describe, expect, it } from 'vitest'
import type { Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import { serverSchema } from '../contract/profile.js'
import { resolveServer } from '../contract/resolved-server.js'
import { compilePlan } from './compile-plan.js'
import type { OutboundRequest } from './outbound-request.js'
import { planOutbound } from './plan-outbound.js'

const keyCaller: Caller = { id: 'key_1', subject: 'local', method: 'api_key' }
const tokenCaller: Caller = { id: 'https://idp#u1', subject: 'u1', issuer: 'https://idp', method: 'jwt' }

function compile(config: object) {
  return compilePlan(resolveServer('x', serverSchema.parse({ url: 'https://server.example/mcp', ...config })))
}

function plan(config: object, request: Partial<OutboundRequest> = {}) {
  return planOutbound(compile(config), {
    hop: 'message',
    headers: {},
    caller: keyCaller,
    callerToken: undefined,
    claims: { sub: 'local' },
    authorizationIsOurs: true,
    tool: undefined,
    generated: [],
    ...request,
  })
}

const names = (headers: readonly { readonly name: string }[]): string[] => headers.map(({ name }) => name)

describe('inbound headers', () => {
  it('are forwarded where no rule restricts them', () => {
    const headers = {
      accept: 'a',
      'content-type': 'b',
      'mcp-protocol-version': 'c',
      'mcp-param-x': 'd',
      'x-team': 'e',
      baggage: 'f',
    }
    expect(names(plan({}, { headers }).headers)).toEqual(Object.keys(headers))
  })
  it.each([
    'authorization', 'user-agent', 'accept-encoding', 'origin', 'referer', 'sec-fetch-site', 'via', 'x-real-ip', 'cookie', 'proxy-authorization',
    'forwarded', 'x-forwarded-for', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'x-gatehouse-apikey', 'x-highflame-apikey', 'expect',
  ])('%s never leaves', (name) => {
    const { headers, stripped } = plan({}, { headers: { [name]: 'v' } })
    expect(headers).toEqual([])
    expect(names(stripped)).toEqual([name])
  }) // prettier-ignore
  it('named by Connection do not leave, unless they are MCP’s own', () => {
    const headers = { connection: 'keep-alive, X-Secret, mcp-session-id', 'x-secret': '1', 'mcp-session-id': 's' }
    expect(names(plan({}, { headers }).headers)).toEqual(['mcp-session-id'])
  })
  it('that match a restricted pattern are stripped, and MCP’s own are not', () => {
    const { headers, stripped } = plan(
      { restricted_inbound_headers: ['X-Internal-*', 'mcp-*'] },
      { headers: { 'x-internal-id': '7', 'mcp-name': 'n' } },
    )
    expect(names(headers)).toEqual(['mcp-name'])
    expect(stripped).toMatchObject([
      { name: 'x-internal-id', sensitive: true, source: { rule: 'mcpServers.x.restricted_inbound_headers' } },
    ])
  })
  it('that hold a gateway key never leave, whatever they are called', () => {
    expect(names(plan({}, { headers: { 'x-note': 'see gh_sk_abc', 'x-other': 'hf_sk_abc' } }).headers)).toEqual([])
  })
  it('of a name that a rule sets are replaced', () => {
    const config = { outbound_headers: [{ type: 'custom', header: 'X-Team', value: 'ours' }] }
    const { headers, stripped } = plan(config, { headers: { 'x-team': 'theirs' } })
    expect(headers).toMatchObject([{ name: 'x-team', value: 'ours', disposition: 'replaced' }])
    expect(names(stripped)).toEqual(['x-team'])
  })
})

describe('app auth', () => {
  it('bearer, api_key and basic refer to secrets', () => {
    expect(plan({ app_auth: { type: 'bearer', token: { secret: 's' } } }).headers).toMatchObject([
      {
        name: 'authorization',
        value: { kind: 'secret', prefix: 'Bearer ', secret: 's', subject: undefined },
        source: { kind: 'app_auth', secret: 's' },
      },
    ])
    expect(
      plan({ app_auth: { type: 'api_key', name: 'DD-API-KEY', in: 'header', value: { secret: 's' } } }).headers,
    ).toMatchObject([{ name: 'dd-api-key', value: { kind: 'secret', prefix: '' } }])
    expect(plan({ app_auth: { type: 'basic', username: 'u', password: { secret: 's' } } }).headers).toMatchObject([
      { name: 'authorization', value: { kind: 'basic', username: 'u', password: { secret: 's' } } },
    ])
  })
  it('api_key in the query touches no header', () => {
    const { headers, query } = plan({ app_auth: { type: 'api_key', name: 'key', in: 'query', value: { secret: 's' } } })
    expect(headers).toEqual([])
    expect(query).toMatchObject({ name: 'key', value: { secret: 's' } })
  })
  it('passthrough forwards the caller’s credential of any scheme, unchanged, when it is not the gateway’s', () => {
    const config = { app_auth: { type: 'passthrough' } }
    const headers = { authorization: 'Basic dTpw' }
    expect(plan(config, { headers, authorizationIsOurs: false }).headers).toMatchObject([
      { value: 'Basic dTpw', disposition: 'forwarded', sensitive: true },
    ])
    expect(plan(config, { headers, authorizationIsOurs: true }).headers).toEqual([])
    expect(plan(config, { headers: { authorization: 'Bearer gh_sk_x' }, authorizationIsOurs: false }).headers).toEqual(
      [],
    )
  })
  it('of a tool replaces the server’s for that tool alone', () => {
    const config = {
      app_auth: { type: 'bearer', token: { secret: 'all' } },
      tools: { purge: { app_auth: { type: 'bearer', token: { secret: 'break-glass' } } } },
    }
    expect(plan(config, { tool: 'purge' }).headers).toMatchObject([
      { value: { secret: 'break-glass' }, source: { rule: 'mcpServers.x.tools.purge.app_auth' } },
    ])
    expect(plan(config, { tool: 'read' }).headers).toMatchObject([{ value: { secret: 'all' } }])
  })
})

describe('outbound headers', () => {
  it('caller_token passes on the token that proved who is calling', () => {
    const config = { outbound_headers: [{ type: 'caller_token', header: 'X-User', prefix: 'Bearer ' }] }
    expect(plan(config, { caller: tokenCaller, callerToken: 'a.b.c' }).headers).toMatchObject([
      { name: 'x-user', value: 'Bearer a.b.c', sensitive: true },
    ])
    expect(plan(config).refusal).toMatchObject({ code: 'no_caller_token' })
  })
  it('caller_identity carries a claim, leaves out a missing one and says so, or refuses', () => {
    const header = { type: 'caller_identity', header: 'X-Who', claim: 'email' }
    expect(plan({ outbound_headers: [header] }, { claims: { email: 'a@b.c' } }).headers).toMatchObject([
      { name: 'x-who', value: 'a@b.c' },
    ])
    const without = plan({ outbound_headers: [header] })
    expect(without.headers).toEqual([])
    expect(without.problems).toHaveLength(1)
    expect(without.refusal).toBeUndefined()
    expect(plan({ outbound_headers: [{ ...header, required: true }] }).refusal).toMatchObject({
      code: 'caller_claim_missing',
    })
  })
  it.each([['a\r\nb: c'], ['ü'], [{ a: 1 }], [null], [' a'], ['']])('caller_identity does not carry %j', (claim) => {
    expect(
      plan({ outbound_headers: [{ type: 'caller_identity', header: 'X', claim: 'c' }] }, { claims: { c: claim } })
        .headers,
    ).toEqual([])
  })
  it('stored_credential of a user is that of the issuer’s subject', () => {
    const config = { outbound_headers: [{ type: 'stored_credential', header: 'X', secret: 's', scope: 'user' }] }
    expect(plan(config, { caller: tokenCaller }).headers).toMatchObject([
      { value: { secret: 's', subject: 'https://idp#u1' } },
    ])
    expect(plan(config).headers).toMatchObject([{ value: { secret: 's', subject: 'local' } }])
  })
})

describe('compilePlan refuses', () => {
  const conflict = (config: object): string => {
    try {
      compile(config)
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'header_conflict')
        return error.errors?.map(({ path }) => path).join(' ') ?? ''
      throw error
    }
    return 'none'
  }
  const custom = (header: string) => ({ type: 'custom', header, value: 'v' })
  it.each([
    [
      { app_auth: { type: 'bearer', token: { secret: 's' } }, outbound_headers: [custom('Authorization')] },
      'mcpServers.x.outbound_headers[0]',
    ],
    [
      { app_auth: { type: 'passthrough' }, outbound_headers: [custom('authorization')] },
      'mcpServers.x.outbound_headers[0]',
    ],
    [{ outbound_headers: [custom('X-A'), custom('x-a')] }, 'mcpServers.x.outbound_headers[1]'],
    [{ outbound_headers: [custom('Host')] }, 'mcpServers.x.outbound_headers[0]'],
    [{ outbound_headers: [custom('mcp-session-id')] }, 'mcpServers.x.outbound_headers[0]'],
    [
      {
        outbound_headers: [custom('X-K')],
        tools: { t: { app_auth: { type: 'api_key', name: 'x-k', in: 'header', value: { secret: 's' } } } },
      },
      'mcpServers.x.outbound_headers[0]',
    ],
    [
      { app_auth: { type: 'api_key', name: 'Content-Length', in: 'header', value: { secret: 's' } } },
      'mcpServers.x.app_auth',
    ],
    [{ app_auth: { type: 'none' }, outbound_headers: [custom('authorization')] }, 'none'],
  ])('%j at %s', (config, path) => {
    expect(conflict(config)).toBe(path)
  })
})

describe('a session of the gateway’s own', () => {
  const headers = {
    accept: 'a',
    'mcp-session-id': 's',
    'mcp-name': 'n',
    'mcp-param-x': 'p',
    'x-team': 't',
    'last-event-id': '7',
  }
  it('takes what belongs to the agent’s message from nobody, and everything else as ever', () => {
    const { headers: outbound, stripped } = plan({}, { hop: 'session', headers })
    expect(outbound.map(({ name, disposition }) => [name, disposition])).toEqual([
      ['mcp-param-x', 'forwarded'],
      ['x-team', 'forwarded'],
      ['accept', 'generated'],
      ['content-type', 'generated'],
      ['mcp-protocol-version', 'generated'],
    ])
    expect(names(stripped)).toEqual(['accept', 'mcp-session-id', 'mcp-name', 'last-event-id'])
    expect(stripped[0]?.reason).toBe('made anew: the session with the server is the gateway’s own')
  })
})

describe('a command', () => {
  it('gets no header at all, and what would have set one is told', () => {
    const config = {
      url: undefined,
      command: 'npx',
      app_auth: { type: 'bearer', token: { secret: 's' } },
      outbound_headers: [{ type: 'custom', header: 'x-a', value: 'b' }],
    }
    const made = plan(config, { hop: 'process', headers: { authorization: 'Bearer gh_sk_x', 'x-team': 't' } })
    expect(made.headers).toEqual([])
    expect(made.stripped.map(({ name, sensitive }) => [name, sensitive])).toEqual([['authorization', true], ['x-team', false]]) // prettier-ignore
    expect(made.problems).toEqual([
      'mcpServers.x.app_auth has no effect: a command takes no headers',
      'mcpServers.x.outbound_headers[0] has no effect: a command takes no headers',
    ])
    expect(made.ownCredential).toBe(false)
  })
})

describe('tokens that the gateway gets', () => {
  const client = { client_id: 'c', client_secret: { secret: 's' }, token_url: 'https://as.example/token' }
  const withToken = { caller: tokenCaller, callerToken: 'a.b.c' }

  it('as app auth are pending, and name the secret that they are got with', () => {
    const { headers, ownCredential } = plan({ app_auth: { type: 'oauth2_client_credentials', ...client } })
    expect(ownCredential).toBe(true)
    expect(headers).toMatchObject([
      {
        name: 'authorization',
        value: {
          kind: 'token',
          prefix: 'Bearer ',
          demand: { grant: 'client_credentials', rule: 'mcpServers.x.app_auth', client },
          subjectToken: undefined,
        },
        sensitive: true,
        source: { kind: 'app_auth', rule: 'mcpServers.x.app_auth', secret: 's' },
      },
    ])
    expect(plan({ auth_mode: 'token_broker' }).headers).toMatchObject([
      { value: { kind: 'token', demand: { grant: 'token_broker' } } },
    ])
  })
  it('may be another for one tool', () => {
    const tools = { purge: { app_auth: { type: 'oauth2_client_credentials', ...client, client_id: 'purger' } } }
    expect(plan({ tools }, { tool: 'purge' }).headers).toMatchObject([
      { value: { demand: { rule: 'mcpServers.x.tools.purge.app_auth', client: { client_id: 'purger' } } } },
    ])
    expect(plan({ tools }, { tool: 'read' }).headers).toEqual([])
  })
  it('may go into any header, and a 401 is then about them', () => {
    const outbound_headers = [{ type: 'client_credentials_token', header: 'X-Service', prefix: 'Token ', ...client }]
    const { headers, ownCredential } = plan({ outbound_headers }, { headers: { 'x-service': 'mine' } })
    expect(headers).toMatchObject([
      { name: 'x-service', value: { kind: 'token', prefix: 'Token ' }, disposition: 'replaced', sensitive: true },
    ])
    expect(ownCredential).toBe(true)
    expect(plan({ app_auth: { type: 'passthrough' }, outbound_headers }).ownCredential).toBe(false)
  })
  it.each([
    [{ type: 'caller_token', header: 'x-user' }, true],
    [{ type: 'stored_credential', header: 'x-key', secret: 's', scope: 'organization' }, true],
    [{ type: 'custom', header: 'x-key', value: { secret: 's' } }, true],
    [{ type: 'custom', header: 'x-team', value: 'blue' }, false],
    [{ type: 'caller_identity', header: 'x-who', claim: 'sub' }, false],
  ])('are not the only credential that a 401 may be about: %j', (rule, ownCredential) => {
    expect(plan({ outbound_headers: [rule] }, withToken)).toMatchObject({ ownCredential, refusal: undefined })
  })
  it('in exchange for the caller’s need one, or the call is refused', () => {
    const exchange = { type: 'token_exchange', ...client }
    for (const config of [{ app_auth: exchange }, { outbound_headers: [{ header: 'x-user', ...exchange }] }]) {
      expect(plan(config).refusal).toMatchObject({ code: 'no_caller_token' })
      expect(plan(config).headers).toEqual([])
      const made = plan(config, withToken)
      expect(made.refusal).toBeUndefined()
      expect(made.headers).toMatchObject([{ value: { kind: 'token', subjectToken: 'a.b.c' } }])
    }
  })
  it('without an exchange know nothing of the caller’s token', () => {
    const config = {
      app_auth: { type: 'oauth2_client_credentials', ...client },
      outbound_headers: [{ type: 'client_credentials_token', header: 'x-service', ...client }],
    }
    expect(JSON.stringify(plan(config, withToken).headers)).not.toContain('a.b.c')
  })
  it('are for no command', () => {
    const config = { url: undefined, command: 'npx', app_auth: { type: 'oauth2_client_credentials', ...client } }
    expect(plan(config, { hop: 'process' })).toMatchObject({
      headers: [],
      problems: ['mcpServers.x.app_auth has no effect: a command takes no headers'],
    })
  })
})
