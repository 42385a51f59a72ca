/** What an agent can be told by `@modelcontextprotocol/server-everything`, story by story, and how two tellings compare. */
import type { SdkAgent } from './sdk-agents.js'

export type Tell = (agent: SdkAgent) => Promise<unknown>

/** Each with something that its answer must hold, so that two equal failures are not a success. */
export type Story = readonly [title: string, tell: Tell, holds: string]

export const call =
  (name: string, args: Record<string, unknown> = {}): Tell =>
  async (agent) => {
    const before = agent.asked.length
    const result = await agent.request('tools/call', { name, arguments: args })
    return { result, asked: agent.asked.slice(before).filter(({ method }) => method !== 'roots/list') }
  }

export const request =
  (method: string, params?: Record<string, unknown>): Tell =>
  (agent) =>
    agent.request(method, params)

export const everythingDocument = 'demo://resource/static/document/features.md'

export const everythingStories: readonly Story[] = [
  ['the server itself', async (agent) => agent.server, '"listChanged":true'],
  ['the list of tools', request('tools/list'), 'get-structured-content'],
  ['the list of resources', request('resources/list'), everythingDocument],
  ['the list of resource templates', request('resources/templates/list'), 'demo://resource/dynamic/blob/{resourceId}'],
  ['the list of prompts', request('prompts/list'), 'completable-prompt'],
  ['a resource', request('resources/read', { uri: everythingDocument }), '"mimeType":"text/markdown"'],
  ['a resource that is not there', request('resources/read', { uri: 'demo://nowhere' }), '"error":{"code":'],
  ['a prompt', request('prompts/get', { name: 'args-prompt', arguments: { city: 'Ulm' } }), 'Ulm'],
  [
    'a completion',
    request('completion/complete', {
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'name', value: 'D' },
      context: { arguments: { department: 'Sales' } },
    }),
    '"values":["David"]',
  ],
  ['a tool call', call('echo', { message: 'Grüße, 世界 🌍' }), 'Grüße, 世界 🌍'],
  ['an image', call('get-tiny-image'), '"mimeType":"image/png"'],
  ['structured content', call('get-structured-content', { location: 'New York' }), '"structuredContent":'],
  ['annotations', call('get-annotated-message', { messageType: 'error', includeImage: true }), '"priority":'],
  ['a call with wrong arguments', call('get-sum', { a: 'one' }), '"isError":true'],
  ['a tool that is not there', call('no-such-tool'), 'no-such-tool'],
  ['a sampling round trip', call('trigger-sampling-request', { prompt: 'Hi' }), 'A sampled answer'],
  ['an elicitation round trip', call('trigger-elicitation-request'), 'Name: Ada'],
]

/** Progress of 25 steps, each of which has to come. */
export const everythingProgress: Tell = (agent) =>
  agent.callWithProgress('trigger-long-running-operation', { duration: 0.2, steps: 25 })

/** Session ids differ from run to run, and the server puts them into texts. */
export function withoutSessionIds(story: unknown): unknown {
  const text = JSON.stringify(story)
  return JSON.parse(
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<session>')
      // Over stdio there is none to name.
      .replace(/ from session <session>/g, ' '),
  )
}

/**
 * What both eras say alike: without the revision, what only answers of 2026-07-28 carry (who the server is, for how long
 * an answer holds), and tasks, which are not the same in both. Of errors, the code of a missing resource differs.
 */
export function inEitherEra(story: unknown): unknown {
  return JSON.parse(JSON.stringify(story), (key, value: unknown) => {
    if (key === 'code' && value === -32002) return -32602
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const rest: Record<string, unknown> = { ...value }
    for (const name of ['revision', 'ttlMs', 'cacheScope', 'tasks', 'execution']) delete rest[name]
    if (key === '_meta') delete rest['io.modelcontextprotocol/serverInfo']
    const meta = rest['_meta']
    if (typeof meta === 'object' && meta !== null && Object.keys(meta).length === 0) delete rest['_meta']
    return rest
  })
}
