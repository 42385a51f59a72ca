import { describe, expect, it } from 'vitest'
import { legacyServer, type ScriptedServer } from './test/memory-transport.js'
import { openTestSession } from './test/open-test-session.js'
import { TestAgent } from './test/test-agent.js'

function named(id: string): TestAgent {
  return new TestAgent(id, () => ({ result: { from: id } }))
}

describe('the first calls of tools', () => {
  /** A server each call of which asks something and is answered with what was said. */
  function askingServer(): ScriptedServer {
    return legacyServer((message, server) => {
      const ask = (): void => server.ask(`q${id}`, 'elicitation/create', { message: String(name) })
      const id = 'id' in message ? message.id : undefined
      const name = 'method' in message ? message.params?.['name'] : undefined
      // It has read all that was sent to it before it asks anything.
      if (name !== undefined) setImmediate(ask)
      else if ('result' in message) server.result(Number(String(id).slice(1)), message.result)
    })
  }

  it('come one agent after the other where they may ask, so that each of a burst is asked its own', async () => {
    const server = askingServer()
    const session = await openTestSession(server)
    const agents = Array.from({ length: 12 }, (_, index) => named(`agent ${index}`))
    const answers = await Promise.all(agents.map((agent, index) => session.call(agent.tool(`tool of ${index}`))))
    expect(answers).toEqual(agents.map(({ id }) => ({ result: { from: id } })))
    expect(agents.map(({ asked }) => asked.map(({ params }) => params?.['message']))).toEqual(
      agents.map((_, index) => [`tool of ${index}`]),
    )
    expect(session.asksOutsideOfCalls).toBe(true)
    await session.close()
  })

  it('run side by side where no agent can be asked anything, and once the tool is known to ask nothing', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const running = (): number => server.requests('tools/call').length
    const answerAll = (): void => {
      for (const { id } of server.requests('tools/call')) server.result(id, {})
    }
    const deaf = ['a', 'b'].map((id) => new TestAgent(id, undefined, {}))
    const first = deaf.map((agent) => session.call(agent.tool('x')))
    expect(running()).toBe(2)
    answerAll()
    await Promise.all(first)
    const agents = ['c', 'd', 'e'].map(named)
    const second = agents.map((agent) => session.call(agent.tool('x')))
    expect(running()).toBe(3)
    answerAll()
    await second[0]
    // Known from here on, also to those that wait.
    await server.until(() => running() === 5)
    answerAll()
    await Promise.all(second)
    const third = agents.map((agent) => session.call(agent.tool('x')))
    expect(running()).toBe(8)
    answerAll()
    await Promise.all(third)
    await session.close()
  })
})
