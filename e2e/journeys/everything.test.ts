/**
 * A real third-party server behind the gateway: an agent on the official SDK is told the same story through the
 * gateway as directly, list by list, message by message.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startConformanceFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import {
  call,
  everythingDocument,
  everythingProgress,
  everythingStories,
  inEitherEra,
  request,
  withoutSessionIds,
  type Tell,
} from '../peers/everything-stories.js'
import { connectV1, connectV2, connectV2Legacy, type Connect, type SdkAgent } from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let everything: EverythingServer
let fixture: ConformanceFixture
let gateway: RunningGateway
let key: string

beforeAll(async () => {
  ;[everything, fixture, gateway] = await Promise.all([startEverything(), startConformanceFixture(), startGateway()])
  await gateway.putServer('everything', { url: everything.url })
  await gateway.putServer('conformance', { url: fixture.url })
  key = (await gateway.addKey({ name: 'everything' })).key
})

afterAll(async () => {
  await gateway?.stop()
  await everything?.close()
  await fixture?.close()
})

async function tellTwice(connect: Connect, slug: string, tell: Tell): Promise<{ direct: unknown; through: unknown }> {
  const url = slug === 'everything' ? everything.url : fixture.url
  const stories: unknown[] = []
  for (const agent of [await connect(url), await connect(`${gateway.dataUrl}/mcp/${slug}`, key)]) {
    try {
      stories.push(withoutSessionIds(await tell(agent)))
    } finally {
      await agent.close()
    }
  }
  return { direct: stories[0], through: stories[1] }
}

describe.each([
  ['v1', connectV1],
  ['v2 of the older era', connectV2Legacy],
] as const)('server-everything through the gateway, SDK %s', (_version, connect) => {
  it.each(everythingStories)('shows %s as it is directly', async (_title, tell, holds) => {
    const { direct, through } = await tellTwice(connect, 'everything', tell)
    expect(JSON.stringify(direct)).toContain(holds)
    expect(through).toEqual(direct)
  })

  it('passes on every progress notification, in order', async () => {
    const { direct, through } = await tellTwice(connect, 'everything', everythingProgress)
    expect(through).toEqual(direct)
    const progress = Array.from({ length: 25 }, (_, index) => ({ progress: index + 1, total: 25 }))
    expect(through).toMatchObject({ progress })
  })

  it('passes on log messages and resource updates of the stream that the server opens', async () => {
    const { direct, through } = await tellTwice(connect, 'everything', async (agent) => {
      // The server asks for roots over its own stream: from here on the stream is known to be open.
      await agent.heard('roots/list')
      await agent.request('logging/setLevel', { level: 'debug' })
      await agent.request('resources/subscribe', { uri: everythingDocument })
      const log = await agent.heard('notifications/message', 'Received Subscribe Resource request')
      const toggled = await agent.request('tools/call', { name: 'toggle-subscriber-updates', arguments: {} })
      const update = await agent.heard('notifications/resources/updated')
      await agent.request('resources/unsubscribe', { uri: everythingDocument })
      return { log, toggled, update }
    })
    expect(through).toEqual(direct)
    expect(through).toMatchObject({ update: { params: { uri: everythingDocument } } })
  })
})

describe('server-everything through the gateway, SDK v2 that finds a server of its own era there', () => {
  // Once the gateway knows that the server is of the other era, it checks arguments itself.
  const stories = everythingStories.filter(([title]) => title !== 'a call with wrong arguments')
  it.each(stories)('shows %s as it is directly', async (_title, tell, holds) => {
    const { direct, through } = await tellTwice(connectV2, 'everything', tell)
    expect(JSON.stringify(direct)).toContain(holds)
    expect(inEitherEra(through)).toEqual(inEitherEra(direct))
  })
})

describe('a server of 2026-07-28 through the gateway, SDK v2', () => {
  it.each<readonly [title: string, tell: Tell, holds: string]>([
    ['the server itself, with the era that was agreed', async (agent) => agent.server, '"revision":"2026-07-28"'],
    ['the list of tools', request('tools/list'), 'test_input_required_result_multi_round'],
    ['the list of resources', request('resources/list'), 'test://static-binary'],
    ['the list of prompts', request('prompts/list'), 'test_prompt_with_arguments'],
    ['a resource', request('resources/read', { uri: 'test://static-binary' }), '"blob":'],
    ['a prompt', request('prompts/get', { name: 'test_simple_prompt' }), 'This is a simple prompt'],
    ['a tool call', call('test_multiple_content_types'), 'Multiple content types test:'],
    ['an elicitation in rounds', call('test_input_required_result_elicitation'), 'Hello, Ada!'],
    ['a sampling in rounds', call('test_input_required_result_sampling'), 'A sampled answer'],
    [
      'progress',
      (agent: SdkAgent) => agent.callWithProgress('test_tool_with_progress', {}),
      '"progress":[{"progress":0,"total":100},{"progress":50,"total":100},{"progress":100,"total":100}]',
    ],
  ])('shows %s as it is directly', async (_title, tell, holds) => {
    const { direct, through } = await tellTwice(connectV2, 'conformance', tell)
    expect(JSON.stringify(direct)).toContain(holds)
    expect(through).toEqual(direct)
  })
})
