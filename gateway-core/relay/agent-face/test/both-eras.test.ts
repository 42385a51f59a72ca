import { afterEach, describe, expect, it } from 'vitest'
import type { SessionCall } from '../../../servers/server-session.js'
import { ScriptedServer, text } from './scripted-server.js'
import { connectV1, connectV2, elicited, rooted, sampled, type Progress, type TestAgent } from './sdk-agents.js'
import { serveFace, type ServedFace } from './serve-face.js'

const agents = {
  'SDK v1': connectV1,
  'SDK v2, older era': (url: string) => connectV2(url, 'legacy'),
  'SDK v2, stateless era': (url: string) => connectV2(url, 'auto'),
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const never = new AbortController().signal
const sampling = { messages: [{ role: 'user', content: { type: 'text', text: 'Say it' } }], maxTokens: 10 }
const form = { message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }

function progressOf({ params }: SessionCall, progress: number): object {
  const meta = params?.['_meta'] as { progressToken: string | number }
  return { progressToken: meta.progressToken, progress, total: 1000 }
}

for (const [name, connect] of Object.entries(agents))
  for (const era of ['legacy', 'modern'] as const)
    describe(`${name} on a ${era} server`, () => {
      async function begin(): Promise<{ server: ScriptedServer; served: ServedFace; agent: TestAgent }> {
        const server = new ScriptedServer(era)
        const served = await serveFace(server)
        closing.push(() => served.close())
        const agent = await connect(served.url)
        closing.push(() => agent.close())
        return { server, served, agent }
      }

      it('learns of the server, lists its tools and calls them', async () => {
        const { server, agent } = await begin()
        expect(agent.info).toMatchObject({ name: 'scripted', version: '1.0.0' })
        expect(agent.instructions).toBe('Do as you are told.')
        expect((await agent.request('tools/list'))['tools']).toMatchObject([{ name: 'echo' }])
        const result = await agent.request('tools/call', { name: 'echo', arguments: { a: 1 } })
        expect(result['content']).toEqual([{ type: 'text', text: '{"a":1}' }])
        expect(server.calls.at(-1)?.agent.clientInfo).toMatchObject({ name: 'test-agent' })
        expect(server.calls.at(-1)?.agent.capabilities).toMatchObject({ sampling: {} })
        expect(server.calls.at(-1)?.outbound.path).toBe('/mcp')
      })

      it('gets an answer without any notification as plain JSON', async () => {
        const { served, agent } = await begin()
        await agent.request('tools/call', { name: 'echo', arguments: {} })
        expect(served.recorded.at(-1)?.status).toBe(200)
        expect(served.recorded.at(-1)?.text).toMatch(/^\{"jsonrpc":"2.0","id":/)
      })

      it('gets 1000 of 1000 progress notifications in order, sent in bursts', async () => {
        const { server, agent } = await begin()
        server.scripts.set('tools/call count', async (call) => {
          for (let burst = 0; burst < 4; burst++) {
            await new Promise(setImmediate)
            for (let i = 1; i <= 250; i++)
              call.agent.notify({
                jsonrpc: '2.0',
                method: 'notifications/progress',
                params: { ...progressOf(call, burst * 250 + i), message: 'x'.repeat(500) },
              })
          }
          return server.complete(text('counted'))
        })
        const heard: number[] = []
        const onprogress = ({ progress }: Progress): void => void heard.push(progress)
        const result = await agent.request('tools/call', { name: 'count', arguments: {} }, { onprogress })
        expect(result['content']).toEqual([{ type: 'text', text: 'counted' }])
        expect(heard).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
      })

      it('is told to the server when it cancels', async () => {
        const { server, served, agent } = await begin()
        let aborted: (() => void) | undefined
        const told = new Promise<void>((resolve) => {
          aborted = resolve
        })
        server.scripts.set(
          'tools/call wait',
          ({ signal }) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => {
                aborted?.()
                resolve(text('too late'))
              })
            }),
        )
        const controller = new AbortController()
        const called = server.called('tools/call')
        const call = agent.request('tools/call', { name: 'wait', arguments: {} }, { signal: controller.signal })
        const failed = call.catch((error: unknown) => String(error))
        await called
        controller.abort('enough')
        expect(await failed).toContain('enough')
        await told
        await expect.poll(() => served.recorded.filter(({ text: body }) => body.includes('too late'))).toEqual([])
        await agent.request('tools/call', { name: 'echo', arguments: {} })
      })

      it('passes a JSON-RPC error of the server on', async () => {
        const { server, agent } = await begin()
        server.scripts.set('prompts/get', () => ({ error: { code: -32050, message: 'No', data: { why: 1 } } }))
        const call = agent.request('prompts/get', { name: 'p' })
        await expect(call).rejects.toMatchObject({ code: -32050, data: { why: 1 } })
      })
    })

/** A modern server never asks in the middle of a call: for a modern agent there is nothing to do but to pass results on. */
const asking = [
  ['SDK v1', 'legacy'],
  ['SDK v1', 'modern'],
  ['SDK v2, older era', 'legacy'],
  ['SDK v2, older era', 'modern'],
  ['SDK v2, stateless era', 'legacy'],
] as const

for (const [name, era] of asking)
  describe(`${name} asked by a ${era} server`, () => {
    async function begin(): Promise<{ server: ScriptedServer; agent: TestAgent; served: ServedFace }> {
      const server = new ScriptedServer(era)
      const served = await serveFace(server)
      closing.push(() => served.close())
      const agent = await agents[name](served.url)
      closing.push(() => agent.close())
      return { server, agent, served }
    }

    it('answers sampling, elicitation and roots, one after the other and at once', async () => {
      const { server, agent } = await begin()
      server.scripts.set('tools/call ask', async (call) => {
        const one = await call.agent.ask('sampling/createMessage', sampling, never)
        const rest = await Promise.all([
          call.agent.ask('elicitation/create', form, never),
          call.agent.ask('roots/list', undefined, never),
        ])
        return server.complete(text(JSON.stringify([one, ...rest])))
      })
      const result = await agent.request('tools/call', { name: 'ask', arguments: {} })
      const [block] = result['content'] as [{ text: string }]
      expect(JSON.parse(block.text)).toEqual([
        { result: expect.objectContaining(sampled) as unknown },
        { result: expect.objectContaining(elicited) as unknown },
        { result: expect.objectContaining(rooted) as unknown },
      ])
      expect(agent.ear.asked.toSorted()).toEqual(['elicitation/create', 'roots/list', 'sampling/createMessage'])
    })

    it('hears progress before and after it was asked', async () => {
      const { server, agent } = await begin()
      server.scripts.set('tools/call ask', async (call) => {
        const tell = (progress: number): void =>
          call.agent.notify({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: progressOf(call, progress) as Record<string, unknown>,
          })
        tell(1)
        await call.agent.ask('roots/list', undefined, never)
        tell(2)
        return server.complete(text('done'))
      })
      const heard: number[] = []
      // An SDK tells progress of its own between two requests of one call, without a total.
      const onprogress = ({ progress, total }: Progress): void => void (total === 1000 && heard.push(progress))
      await agent.request('tools/call', { name: 'ask', arguments: {} }, { onprogress })
      expect(heard).toEqual([1, 2])
    })

    it('is not asked what it did not declare', async () => {
      const { server, agent } = await begin()
      server.scripts.set('tools/call ask', async (call) => {
        const answer = await call.agent.ask('elicitation/create', { mode: 'url', message: 'm', url: 'http://x' }, never)
        return server.complete(text(JSON.stringify(answer)))
      })
      const result = await agent.request('tools/call', { name: 'ask', arguments: {} })
      expect(JSON.stringify(result)).toContain('-32601')
      expect(agent.ear.asked).toEqual([])
    })

    it('gives the server an error when it takes too long', async () => {
      const { server, agent, served } = await begin()
      served.timeoutMs = 30
      let answered: unknown
      const settled = new Promise<void>((resolve) => {
        server.scripts.set('tools/call ask', async (call) => {
          answered = await call.agent.ask('sampling/createMessage', sampling, never)
          resolve()
          return server.complete(text('done'))
        })
      })
      // An agent that never answers: the request is made by hand, with the agent's session if it has one.
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { sampling: {} },
      }
      const modern = agent.sessionId === undefined
      const response = await fetch(served.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(modern
            ? { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'ask' }
            : { 'mcp-session-id': String(agent.sessionId) }),
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 'raw',
          method: 'tools/call',
          params: { name: 'ask', arguments: {}, ...(modern ? { _meta: meta } : {}) },
        }),
      })
      const body = await response.text()
      await settled
      expect(answered).toMatchObject({ error: { code: -32001 } })
      if (modern) expect(body).toContain('"resultType":"input_required"')
      else expect(body).toMatch(/sampling\/createMessage[^]*notifications\/cancelled[^]*done/)
    })
  })
