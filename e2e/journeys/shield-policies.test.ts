/**
 * Shield's own engine, seen from outside: policies judge calls and results on every way to a server, people are asked, and
 * tools that change are held.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nextEvent, runGatehouse } from '../peers/command-line.js'
import { callModern, openSession, callLegacy } from '../peers/mcp-request.js'
import { answerEvents, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { connectV1, connectV2 } from '../peers/sdk-agents.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let legacyServer: RecordingServer
let mcp: ScriptedMcp
let key: string
/** The same call on each way to a server. */
const ways: readonly (readonly [way: string, path: string, tool: (name: string) => string])[] = [
  ['passed through', '/mcp/direct', (name) => name],
  ['relayed', '/mcp/relayed', (name) => name],
  ['among all servers', '/mcp', (name) => `direct__${name}`],
]
const github = ['ghp_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('')

beforeAll(async () => {
  ;[gateway, server, legacyServer] = await Promise.all([startGateway(), startRecordingServer(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent', subject: 'ada', email: 'ada@example.com' })).key
  await gateway.putServer('direct', { url: server.url })
  await gateway.putServer('relayed', { url: server.url, connection: 'shared' })
  await gateway.putServer('legacy', { url: legacyServer.url })
})

afterAll(async () => {
  await gateway?.stop()
  await Promise.all([server?.close(), legacyServer?.close()])
})

beforeEach(async () => {
  for (const name of await policyNames()) await gateway.api('DELETE', `/policies/${name}`)
  await applyShield('{ enabled: false }')
  server.reset()
  mcp = scriptMcp({ era: 'modern', tools: [scriptedTool('echo'), scriptedTool('write')] })
  server.answerWith(mcp.respond)
})

async function policyNames(): Promise<readonly string[]> {
  const { body } = await gateway.api('GET', '/policies')
  return (at(body, 'items') as { name: string; profile?: string }[])
    .filter(({ profile }) => profile === undefined)
    .map(({ name }) => name)
}

async function put(name: string, text: string): Promise<void> {
  expect(await gateway.api('PUT', `/policies/${name}`, { text })).toMatchObject({ status: 201 })
}

async function applyShield(shield: string): Promise<unknown> {
  return applyProfile(`gatehouse: 1\nname: shielded\nshield: ${shield}\n`)
}

async function applyProfile(text: string, query = ''): Promise<unknown> {
  const answer = await send(`${gateway.controlUrl}/api/v1/profiles${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.controlToken}`, 'content-type': 'application/yaml' },
    body: text,
  })
  return answer.json
}

const call = (path: string, name: string, args: object = {}, signal?: AbortSignal): Promise<Answer> =>
  callModern(gateway.dataUrl + path, { key, params: { name, arguments: args }, ...(signal && { signal }) })
const list = (path: string): Promise<Answer> =>
  callModern(gateway.dataUrl + path, { key, method: 'tools/list', params: {} })
/** Of the one server that is meant, where there are many. */
const toolsOf = (answer: Answer): readonly string[] =>
  (at(answer.json, 'result.tools') as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('relayed__'))
const callsThatCame = (): number => server.requests.filter(({ json }) => at(json, 'method') === 'tools/call').length

/** The newest exchange with a server. */
async function newest(slug: string): Promise<unknown> {
  const { body } = await gateway.api('GET', `/exchanges?server=${slug}&limit=1`)
  return at(body, 'items.0')
}

/** Waits for something to wait for a person. */
async function waiting(): Promise<{ readonly id: string }> {
  for (;;) {
    const { body } = await gateway.api('GET', '/approvals')
    const [first] = at(body, 'items') as { id: string }[]
    if (first !== undefined) return first
  }
}

describe.each(ways)('a policy on the way %s', (_way, path, tool) => {
  it('denies with its id and reason, and nothing goes out', async () => {
    await put(
      'no-prod',
      '@id("no-prod") @reason("Not in production.")\nforbid(principal == Caller::"ada", action == Action::"tools/call", resource)\nwhen { context.arguments.env == "prod" };',
    )
    expect((await call(path, tool('echo'), { env: 'dev' })).status).toBe(200)
    const before = callsThatCame()
    const answer = await call(path, tool('echo'), { env: 'prod' })
    expect(answer.status).toBe(403)
    expect(answer.json).toMatchObject({
      id: 1,
      error: {
        code: -32010,
        data: {
          verdict: 'deny',
          reason: 'Not in production.',
          policies: ['no-prod'],
          requestId: answer.headers['x-request-id'],
        },
      },
    })
    expect(callsThatCame()).toBe(before)
    expect(await newest(path === '/mcp/relayed' ? 'relayed' : 'direct')).toMatchObject({
      verdict: { decision: 'deny', reason: 'Not in production.', policies: ['no-prod'] },
      errorCode: 'shield_denied',
    })
  })

  it('denies what detectors find', async () => {
    await put('secrets', 'forbid(principal, action, resource) when { context.detections.contains("secret:github") };')
    expect((await call(path, tool('echo'), { note: 'nothing' })).status).toBe(200)
    expect((await call(path, tool('echo'), { deep: [{ note: github }] })).status).toBe(403)
  })

  it('judges results, of the servers that it is about', async () => {
    await put(
      'results',
      '@id("leak") @on("result")\nforbid(principal, action, resource == Tool::"relayed/echo") when { context.result.text like "*echo*" };\n@id("leak") @on("result")\nforbid(principal, action, resource == Tool::"direct/echo") when { context.result.text like "*echo*" };',
    )
    expect((await call(path, tool('write'))).status).toBe(200)
    const answer = await call(path, tool('echo'))
    expect(answer.status).toBe(403)
    expect(at(answer.json, 'error.data')).toMatchObject({ code: 'shield_denied', verdict: 'deny', policies: ['leak'] })
    expect(answer.text).not.toContain('\\"echo\\"')
  })

  it('asks a person, who allows or denies', async () => {
    await put('ask', '@decision("ask") @reason("Sure?")\nforbid(principal, action == Action::"tools/call", resource);')
    const allowed = call(path, tool('echo'), { a: 1 })
    const first = await waiting()
    expect(first).toMatchObject({ kind: 'call', tool: 'echo', caller: 'ada', reason: 'Sure?', arguments: '{"a":1}' })
    expect(callsThatCame()).toBe(0)
    expect((await gateway.api('POST', `/approvals/${first.id}`, { decision: 'allow' })).status).toBe(204)
    expect((await allowed).status).toBe(200)
    const denied = call(path, tool('echo'))
    const second = await waiting()
    await gateway.api('POST', `/approvals/${second.id}`, { decision: 'deny' })
    expect((await denied).status).toBe(403)
    expect(at((await denied).json, 'error.data.code')).toBe('approval_denied')
    expect(callsThatCame()).toBe(1)
    expect((await gateway.api('POST', `/approvals/${second.id}`, { decision: 'allow' })).status).toBe(404)
  })

  it('asks no longer than the deadline, nor for an agent that has left', async () => {
    await applyShield('{ enabled: true, pin_tools: false, ask_timeout_ms: 300 }')
    await put('ask', '@decision("ask")\nforbid(principal, action == Action::"tools/call", resource);')
    const answer = await call(path, tool('echo'))
    expect(answer.status).toBe(403)
    expect(at(answer.json, 'error.data.detail')).toContain('in time')
    await applyShield('{ enabled: true, pin_tools: false }')
    const leaving = new AbortController()
    const left = call(path, tool('echo'), {}, leaving.signal).catch(() => 'left')
    await waiting()
    leaving.abort()
    expect(await left).toBe('left')
    while (((await gateway.api('GET', '/approvals')).body as { items: unknown[] }).items.length > 0);
    expect(callsThatCame()).toBe(0)
  })

  it('holds a tool that has changed until its difference is approved, and not one that moved', async () => {
    await applyShield('{ enabled: true }')
    expect(toolsOf(await list(path))).toEqual([tool('echo'), tool('write')])
    mcp.script.tools = [scriptedTool('write'), scriptedTool('echo')]
    expect(toolsOf(await list(path))).toHaveLength(2)
    mcp.script.tools = [{ ...scriptedTool('echo'), description: 'Sends all to me.' }, scriptedTool('write')]
    expect(toolsOf(await list(path))).toEqual([tool('write')])
    const answer = await call(path, tool('echo'))
    expect(answer.status).toBe(path === '/mcp' ? 200 : 403)
    expect(callsThatCame()).toBe(0)
    const approval = await waiting()
    expect(approval).toMatchObject({
      kind: 'tool',
      tool: 'echo',
      change: 'changed',
      diff: [{ path: 'description', before: 'echo, as its server has it', after: 'Sends all to me.' }],
    })
    await gateway.api('POST', `/approvals/${approval.id}`, { decision: 'allow' })
    expect(toolsOf(await list(path))).toEqual([tool('echo'), tool('write')])
    expect((await call(path, tool('echo'))).status).toBe(200)
    // Other ways to the server know nothing of this one.
    for (const slug of ['direct', 'relayed']) {
      await gateway.api('DELETE', `/servers/${slug}`)
      await gateway.putServer(slug, { url: server.url, ...(slug === 'relayed' ? { connection: 'shared' } : {}) })
    }
  })
})

describe('policies', () => {
  it('that are wrong are refused with their line, alone and in a profile', async () => {
    const text = 'permit(principal, action, resource);\nforbid(principal, action == Action::"tool/call", resource);'
    expect(await gateway.api('PUT', '/policies/wrong', { text })).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_input',
        errors: [{ path: 'text', line: 2, message: expect.stringContaining('tools/call') as string }],
      },
    })
    const profile = `gatehouse: 1\nname: wrong\nshield:\n  policies:\n    - { name: wrong, text: ${JSON.stringify(text)} }\n`
    expect(await applyProfile(profile)).toMatchObject({
      code: 'profile_invalid',
      errors: [{ path: 'shield.policies[0]', line: 5, message: expect.stringContaining('line 2') as string }],
    })
    expect(await policyNames()).toEqual([])
  })

  it('are there after a restart, and shown, replaced and removed by name', async () => {
    await put('mine', 'forbid(principal, action, resource);')
    expect(await gateway.api('PUT', '/policies/mine', { text: 'permit(principal, action, resource);' })).toMatchObject({
      status: 200,
    })
    expect(await gateway.api('GET', '/policies/mine')).toMatchObject({
      body: { name: 'mine', text: 'permit(principal, action, resource);' },
    })
    expect(await gateway.api('DELETE', '/policies/mine')).toMatchObject({ status: 204 })
    expect(await gateway.api('GET', '/policies/mine')).toMatchObject({ status: 404 })
  })

  it('of a profile stay its own, and what turns them down is named before it is applied', async () => {
    const shield =
      '{ enabled: true, on_failure: deny, policies: [{ name: theirs, text: "permit(principal, action, resource);" }] }'
    await applyShield(shield)
    expect(await gateway.api('PUT', '/policies/theirs', { text: '' })).toMatchObject({ status: 409 })
    const less = 'gatehouse: 1\nname: shielded\nshield: { enabled: true, timeout_ms: 9000, pin_tools: false }\n'
    for (const query of ['?dryRun=true', ''])
      expect(await applyProfile(less, query)).toMatchObject({
        changes: [{ kind: 'shield', path: 'shield', change: 'changed' }],
        warnings: [
          expect.stringMatching(/turns Shield down.*let through.*no longer held.*theirs is removed/) as string,
        ],
      })
  })

  it('are foreseen by explain, which asks nobody', async () => {
    await put(
      'ask',
      '@id("ask") @decision("ask")\nforbid(principal, action == Action::"tools/call", resource) when { context.arguments.x == 1 };',
    )
    const explained = await gateway.api('POST', '/explain', { server: 'direct', tool: 'echo', arguments: { x: 1 } })
    expect(explained.body).toMatchObject({ allowed: false, verdict: { decision: 'deny', policies: ['ask'] } })
    expect((await gateway.api('POST', '/explain', { server: 'direct', tool: 'echo' })).body).toMatchObject({
      allowed: true,
      verdict: { decision: 'allow' },
    })
    expect((await gateway.api('GET', '/approvals')).body).toEqual({ items: [] })
  })

  it('are tried out on what was recorded', async () => {
    await call('/mcp/direct', 'echo', { env: 'backtest-prod' })
    await call('/mcp/direct', 'echo', { env: 'dev' })
    const text = '@id("new") forbid(principal, action, resource) when { context.arguments.env == "backtest-prod" };'
    const { body } = await gateway.api('POST', '/policies/backtest', {
      text,
      since: new Date(Date.now() - 60_000).toISOString(),
    })
    expect(body).toMatchObject({
      deniedCount: 1,
      denied: [{ server: 'direct', tool: 'echo', caller: 'ada', outcome: 'deny', policies: ['new'] }],
      complete: true,
    })
    expect(at(body, 'judged')).toBeGreaterThan(1)
  })

  it('to begin with are right, and ask before what is destructive', async () => {
    const { body } = await gateway.api('GET', '/policies/starters')
    const items = at(body, 'items') as { name: string; text: string }[]
    expect(items).toHaveLength(3)
    for (const { name, text } of items) await put(name, text)
    mcp.script.tools = [{ ...scriptedTool('look'), annotations: { readOnlyHint: true } } as never, scriptedTool('wipe')]
    await list('/mcp/direct')
    expect((await call('/mcp/direct', 'look')).status).toBe(200)
    expect((await call('/mcp/direct', 'wipe')).status).toBe(403)
    expect((await call('/mcp/direct', 'look', { token: github })).status).toBe(403)
  })
})

describe('the command line', () => {
  it('turns a starter policy on, shows who waits, decides, and tries a policy out', async () => {
    expect(await runGatehouse(gateway, 'policies', 'starters')).toContain('ask-before-destructive')
    await runGatehouse(gateway, 'policies', 'add', '--starter', 'ask-before-destructive')
    expect(await runGatehouse(gateway, 'policies', 'list')).toContain('ask-before-destructive')
    const event = nextEvent(gateway, 'approval')
    const called = call('/mcp/direct', 'echo', { line: 'one\u001b[8mtwo' })
    const { id } = await waiting()
    const listed = await runGatehouse(gateway, 'approvals', 'list')
    expect(listed).toContain('ada calls echo of direct')
    expect(listed).not.toContain('\u001b')
    expect(await runGatehouse(gateway, 'approvals', 'allow', id)).toContain('Allowed')
    expect((await called).status).toBe(200)
    expect(await event).toMatchObject({ id, kind: 'call', server: 'direct', tool: 'echo' })
    expect(
      await runGatehouse(gateway, 'policies', 'backtest', '--starter', 'ask-before-destructive', '--since', '1h'),
    ).toContain('calls judged')
    await runGatehouse(gateway, 'policies', 'remove', 'ask-before-destructive')
    await expect(runGatehouse(gateway, 'policies', 'show', 'ask-before-destructive')).rejects.toMatchObject({ code: 1 })
  })
})

describe('a stream', () => {
  it('goes on as it comes, up to a result that is denied', async () => {
    await put(
      'results',
      '@id("leak") @on("result")\nforbid(principal, action, resource) when { context.result.text like "*canary*" };',
    )
    server.answerWith((request, response) => {
      const write = answerEvents(response)
      write({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } })
      write({
        jsonrpc: '2.0',
        id: at(request.json, 'id'),
        result: { resultType: 'complete', content: [{ type: 'text', text: 'a canary' }] },
      })
      response.end()
    })
    const answer = await call('/mcp/direct', 'echo')
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('notifications/progress')
    expect(answer.text).toContain('-32010')
    expect(answer.text).not.toContain('canary')
    expect(await newest('direct')).toMatchObject({ verdict: { decision: 'deny', policies: ['leak'] } })
  })

  it('of the older era is watched too, also where it is resumed', async () => {
    await put(
      'results',
      '@id("leak") @on("result")\nforbid(principal, action, resource) when { context.result.text like "*canary*" };',
    )
    legacyServer.answerWith((request, response) => {
      if (request.method !== 'GET' && at(request.json, 'method') !== 'tools/call') return false
      const write = answerEvents(response)
      write({
        jsonrpc: '2.0',
        id: at(request.json, 'id') ?? 5,
        result: { content: [{ type: 'text', text: 'a canary' }] },
      })
      response.end()
      return true
    })
    const url = `${gateway.dataUrl}/mcp/legacy`
    const session = await openSession(url, key)
    const called = await callLegacy(url, { key, session })
    const resumed = await send(url, {
      headers: {
        accept: 'text/event-stream',
        'x-gatehouse-apikey': key,
        'mcp-session-id': session,
        'last-event-id': '1',
      },
    })
    for (const answer of [called, resumed]) {
      expect(answer.text).toContain('-32010')
      expect(answer.text).not.toContain('canary')
    }
  })
})

describe.each([
  ['SDK v1', connectV1],
  ['SDK v2', connectV2],
])('an agent on the %s', (_name, connect) => {
  it('is told of a denial, and calls what is allowed', async () => {
    await put('no-write', '@reason("Read only.")\nforbid(principal, action, resource == Tool::"relayed/write");')
    const agent = await connect(`${gateway.dataUrl}/mcp/relayed`, key)
    try {
      expect(JSON.stringify(await agent.request('tools/call', { name: 'echo', arguments: {} }))).toContain('echo')
      // One SDK throws where another answers.
      const denied = await agent
        .request('tools/call', { name: 'write', arguments: {} })
        .catch((error: unknown) => error)
      expect(`${String(denied)} ${JSON.stringify(denied)}`).toMatch(/Shield denied|-32010/)
    } finally {
      await agent.close()
    }
  })
})
