/** Many agents, of both eras, on one server whose session they share: each is alone with it, whatever the others do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startConformanceFixture, startSseFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import { conformanceCommand } from '../peers/conformance-stdio.js'
import { connectV1, connectV2, connectV2Legacy, type Connect, type SdkAgent } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
const fixtures: ConformanceFixture[] = []

beforeAll(async () => {
  gateway = await startGateway()
})

afterAll(async () => {
  await gateway?.stop()
  for (const fixture of fixtures) await fixture.close()
})

const callers = 4
const names = Array.from({ length: 20 }, (_, index) => `agent ${index}`)
const kinds: readonly Connect[] = [connectV1, connectV2, connectV2Legacy]

/** Twenty agents of four callers; `first` is connected before the others, and decides which era the server is asked for. */
async function connectTwenty(slug: string, first: Connect): Promise<readonly SdkAgent[]> {
  const url = `${gateway.dataUrl}/mcp/${slug}`
  const keys: string[] = []
  for (let index = 0; index < callers; index += 1) {
    const name = `${slug} ${index}`
    keys.push((await gateway.addKey({ name, subject: name })).key)
  }
  const connect = (name: string, index: number): Promise<SdkAgent> =>
    (kinds[index % kinds.length] ?? connectV1)(url, keys[index % callers], name)
  const [firstName = '', ...others] = names
  const begun = await first(url, keys[0], firstName)
  return [begun, ...(await Promise.all(others.map((name, index) => connect(name, index + 1))))]
}

const textOf = (result: unknown): unknown => at(result, 'content.0.text')

const tool = (agent: SdkAgent, name: string, args: Record<string, unknown> = {}): Promise<unknown> =>
  agent.request('tools/call', { name, arguments: args }).then(textOf)

async function tellStory(agent: SdkAgent, name: string, steps: number): Promise<object> {
  const counting = agent.callWithProgress('count', { to: steps, as: name })
  const [counted, introduced, simple] = await Promise.all([
    counting,
    tool(agent, 'introduce'),
    tool(agent, 'test_simple_text'),
  ])
  return { counted: textOf(counted.result), progress: counted.progress, introduced, simple }
}

function storyOf(name: string, steps: number): object {
  return {
    counted: `${name} counted to ${steps}`,
    progress: Array.from({ length: steps }, (_, at) => ({ progress: at + 1, total: steps, message: name })),
    introduced: `user ${name}, model ${name}`,
    simple: 'This is a simple text response for testing.',
  }
}

describe.each([
  ['of the era up to 2025-11-25', 'legacy', connectV1],
  ['of the era of 2026-07-28', 'modern', connectV2],
] as const)('twenty agents on one shared server %s, ten of which vanish', (_title, era, first) => {
  it('hear their own answers, progress and questions, and the server hears one handshake', async () => {
    const fixture = await startConformanceFixture(0, era)
    fixtures.push(fixture)
    const slug = `shared-${era}`
    await gateway.putServer(slug, { url: fixture.url, auth_mode: 'internal' })
    const agents = await connectTwenty(slug, first)
    const [staying, leaving] = [agents.slice(0, 10), agents.slice(10)]

    const before = Promise.all(agents.map((agent, index) => tellStory(agent, names[index] ?? '', 200)))
    expect(await before).toEqual(names.map((name) => storyOf(name, 200)))

    // In the middle of what they and the others do.
    const held = leaving.flatMap((agent) => [
      tool(agent, 'hold'),
      agent.callWithProgress('count', { to: 5000, as: '?' }),
    ])
    const during = staying.map((agent, index) => tellStory(agent, names[index] ?? '', 500))
    await Promise.all(leaving.map((agent) => agent.vanish()))
    await Promise.allSettled(held)
    expect(await Promise.all(during)).toEqual(names.slice(0, 10).map((name) => storyOf(name, 500)))

    const after = await Promise.all(staying.map((agent, index) => tellStory(agent, names[index] ?? '', 100)))
    expect(after).toEqual(names.slice(0, 10).map((name) => storyOf(name, 100)))
    expect(fixture.methods.filter((method) => method === 'initialize' || method === 'server/discover')).toHaveLength(1)
    await Promise.all(staying.map((agent) => agent.close()))
  }, 120_000)
})

describe('twenty agents on one process', () => {
  it('hear their own answers, progress and questions, also when ten of them vanish', async () => {
    await gateway.putCommand('process', conformanceCommand('legacy'))
    const agents = await connectTwenty('process', connectV1)
    const [staying, leaving] = [agents.slice(0, 10), agents.slice(10)]
    // A process does not say during which call it asks: the first calls of a burst find that out.
    const before = Promise.all(agents.map((agent, index) => tellStory(agent, names[index] ?? '', 200)))
    expect(await before).toEqual(names.map((name) => storyOf(name, 200)))

    const counted = leaving.map((agent) => agent.callWithProgress('count', { to: 5000, as: '?' }))
    const during = staying.map((agent, index) => tellStory(agent, names[index] ?? '', 500))
    await Promise.all(leaving.map((agent) => agent.vanish()))
    await Promise.allSettled(counted)
    expect(await Promise.all(during)).toEqual(names.slice(0, 10).map((name) => storyOf(name, 500)))
    await Promise.all(staying.map((agent) => agent.close()))
  }, 120_000)
})

describe('a thousand progress notifications in bursts', () => {
  const ways: readonly (readonly [way: string, register: (slug: string) => Promise<void>])[] = [
    [
      'from a shared server of the older era',
      async (slug) => {
        const fixture = await startConformanceFixture(0, 'legacy')
        fixtures.push(fixture)
        await gateway.putServer(slug, { url: fixture.url, connection: 'shared' })
      },
    ],
    [
      'from a shared server of the stateless era',
      async (slug) => {
        const fixture = await startConformanceFixture(0, 'modern')
        fixtures.push(fixture)
        await gateway.putServer(slug, { url: fixture.url, connection: 'shared' })
      },
    ],
    ['from a process of the older era', (slug) => gateway.putCommand(slug, conformanceCommand('legacy'))],
    ['from a process of the stateless era', (slug) => gateway.putCommand(slug, conformanceCommand('modern'))],
    [
      'over SSE',
      async (slug) => {
        const fixture = await startSseFixture()
        fixtures.push(fixture)
        await gateway.putServer(slug, { url: fixture.url, transport: 'sse' })
      },
    ],
  ]

  it.each(ways)('come to the agent whole and in order (%s)', async (way, register) => {
    const slug = way.replaceAll(' ', '-').toLowerCase()
    await register(slug)
    const key = (await gateway.addKey({ name: way })).key
    for (const connect of kinds) {
      const agent = await connect(`${gateway.dataUrl}/mcp/${slug}`, key)
      const [counted, beside] = await Promise.all([
        agent.callWithProgress('count', { to: 1000, as: 'one' }),
        agent.callWithProgress('count', { to: 1000, as: 'other' }),
      ])
      for (const [told, as] of [[counted, 'one'] as const, [beside, 'other'] as const]) {
        expect(textOf(told.result)).toBe(`${as} counted to 1000`)
        expect(told.progress).toEqual(
          Array.from({ length: 1000 }, (_, index) => ({ progress: index + 1, total: 1000, message: as })),
        )
      }
      await agent.close()
    }
  })
})
