/**
 * Real third-party servers whose sessions the gateway holds itself: over stdio, over SSE, and shared by everybody. An
 * agent is told the same story as on a connection of its own, message by message, whatever era it speaks.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEverything, stdioCommand, type EverythingServer } from '../peers/everything.js'
import {
  call,
  everythingDocument,
  everythingProgress,
  everythingStories,
  inEitherEra,
  request,
  withoutSessionIds,
  type Story,
  type Tell,
} from '../peers/everything-stories.js'
import {
  connectV1,
  connectV2,
  connectV2Legacy,
  type Connect,
  type DirectServer,
  type SdkAgent,
} from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let key: string
let sse: EverythingServer
let http: EverythingServer
let folder: string

beforeAll(async () => {
  ;[gateway, sse, http, folder] = await Promise.all([
    startGateway(),
    startEverything('sse'),
    startEverything(),
    mkdtemp(join(tmpdir(), 'gatehouse-files-')),
  ])
  await writeFile(join(folder, 'note.txt'), 'Grüße aus der Datei')
  key = (await gateway.addKey({ name: 'relay' })).key
  await gateway.putCommand('everything-stdio', stdioCommand('everything'))
  await gateway.putServer('everything-sse', { url: sse.url, transport: 'sse' })
  await gateway.putServer('everything-shared', { url: http.url, connection: 'shared' })
  await gateway.putCommand('filesystem', stdioCommand('filesystem', folder))
  const memory = { ...stdioCommand('memory'), env: { MEMORY_FILE_PATH: join(folder, 'through.jsonl') } }
  await gateway.putCommand('memory', memory)
})

afterAll(async () => {
  await gateway?.stop()
  await Promise.all([sse?.close(), http?.close()])
  await rm(folder, { recursive: true, force: true })
})

const agents: readonly (readonly [title: string, connect: Connect, isModern: boolean])[] = [
  ['SDK v1', connectV1, false],
  ['SDK v2 of the older era', connectV2Legacy, false],
  ['SDK v2 of either era', connectV2, true],
]

const directServers: readonly (readonly [slug: string, server: () => string | DirectServer])[] = [
  ['everything-stdio', () => stdioCommand('everything')],
  ['everything-sse', () => ({ sse: sse.url })],
  ['everything-shared', () => http.url],
]

/** The gateway checks arguments itself where it has seen the list of tools. */
const stories = everythingStories.filter(([title]) => title !== 'a call with wrong arguments')

interface Pair {
  readonly direct: SdkAgent
  readonly through: SdkAgent
}

async function connectBoth(connect: Connect, slug: string, server: string | DirectServer): Promise<Pair> {
  const [direct, through] = await Promise.all([connect(server), connect(`${gateway.dataUrl}/mcp/${slug}`, key)])
  return { direct, through }
}

/** @returns both stories, alike in everything that the agent's era does not make different */
async function tellTwice(pair: Pair, isModern: boolean, tell: Tell): Promise<{ direct: unknown; through: unknown }> {
  const told = [withoutSessionIds(await tell(pair.direct)), withoutSessionIds(await tell(pair.through))]
  const [direct, through] = isModern ? told.map(inEitherEra) : told
  return { direct, through }
}

async function expectAlike(pair: Pair, isModern: boolean, tell: Tell, holds: string): Promise<unknown> {
  const { direct, through } = await tellTwice(pair, isModern, tell)
  expect(JSON.stringify(direct)).toContain(holds)
  expect(through).toEqual(direct)
  return through
}

describe.each(directServers)('%s through the gateway', (slug, server) => {
  describe.each(agents)('to %s', (_title, connect, isModern) => {
    let pair: Pair

    beforeAll(async () => {
      pair = await connectBoth(connect, slug, server())
    })

    afterAll(async () => {
      await Promise.all([pair?.direct.close(), pair?.through.close()])
    })

    it.each(stories)('shows %s as it is directly', async (_story, tell, holds) => {
      await expectAlike(pair, isModern, tell, holds)
    })

    it('refuses wrong arguments as a result of the tool, in words of its own, and names them', async () => {
      const { direct, through } = await tellTwice(pair, isModern, call('get-sum', { a: 'one' }))
      for (const told of [direct, through])
        expect(told).toMatchObject({ result: { isError: true, content: [{ text: expect.stringMatching(/\ba\b/) }] } })
    })

    it('passes on every progress notification, in order', async () => {
      const { direct, through } = await tellTwice(pair, isModern, everythingProgress)
      // Directly, the SDK loses what comes in one piece with the answer.
      const progress = Array.from({ length: 25 }, (_, index) => ({ progress: index + 1, total: 25 }))
      expect(through).toEqual({ ...(direct as object), progress })
    })

    it('passes on updates of the resources that the agent is subscribed to, and no others', async () => {
      const updates: unknown[] = []
      for (const agent of [pair.direct, pair.through]) {
        await agent.subscribe(everythingDocument)
        await agent.request('tools/call', { name: 'toggle-subscriber-updates', arguments: {} })
        updates.push(await agent.heard('notifications/resources/updated'))
        await agent.request('tools/call', { name: 'toggle-subscriber-updates', arguments: {} })
        await agent.unsubscribe(everythingDocument)
      }
      expect(withoutSubscriptionId(updates[1])).toEqual(withoutSubscriptionId(updates[0]))
      expect(updates[1]).toMatchObject({ params: { uri: everythingDocument } })
    })
  })
})

/** The stateless era says with which subscription an update comes. */
function withoutSubscriptionId(update: unknown): unknown {
  return JSON.parse(JSON.stringify(update), (key, value: unknown) => (key === '_meta' ? undefined : value))
}

describe.each(directServers)('what belongs to no call at %s', (slug, server) => {
  it.each(agents.filter(([, , isModern]) => !isModern))('reaches %s', async (_title, connect) => {
    const pair = await connectBoth(connect, slug, server())
    try {
      const told = await tellTwice(pair, false, async (agent) => {
        await agent.request('logging/setLevel', { level: 'debug' })
        await agent.subscribe(everythingDocument)
        const log = await agent.heard('notifications/message', 'Received Subscribe Resource request')
        await agent.unsubscribe(everythingDocument)
        return log
      })
      expect(told.through).toEqual(told.direct)
    } finally {
      await Promise.all([pair.direct.close(), pair.through.close()])
    }
  })

  it('asks the agent for its roots, and has them', async () => {
    const agent = await connectV1(`${gateway.dataUrl}/mcp/${slug}`, key)
    try {
      expect(await call('get-roots-list')(agent)).toMatchObject({
        result: { content: [{ text: expect.stringContaining('file:///e2e') }] },
      })
    } finally {
      await agent.close()
    }
  })
})

const filesystemStories: readonly Story[] = [
  ['the server itself', async (agent) => agent.server, 'secure-filesystem-server'],
  ['the list of tools', request('tools/list'), 'read_multiple_files'],
  ['the folders', call('list_allowed_directories'), 'Allowed directories'],
  ['a file outside', call('read_text_file', { path: '/etc/hostname' }), 'Access denied'],
]

const memoryStories: readonly Story[] = [
  ['the list of tools', request('tools/list'), 'create_entities'],
  [
    'what it is told to remember',
    call('create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote a program'] }] }),
    'wrote a program',
  ],
  ['what it remembers', call('read_graph'), 'wrote a program'],
]

describe.each(agents)('the servers for files and for memory through the gateway to %s', (_title, connect, isModern) => {
  it.each([
    ['filesystem', filesystemStories, () => stdioCommand('filesystem', folder)],
    [
      'memory',
      memoryStories,
      () => ({ ...stdioCommand('memory'), env: { MEMORY_FILE_PATH: join(folder, 'direct.jsonl') } }),
    ],
  ] as const)('show the same (%s)', async (slug, stories, server) => {
    for (const file of ['direct.jsonl', 'through.jsonl']) await rm(join(folder, file), { force: true })
    const pair = await connectBoth(connect, slug, server())
    try {
      for (const [, tell, holds] of stories) await expectAlike(pair, isModern, tell, holds)
    } finally {
      await Promise.all([pair.direct.close(), pair.through.close()])
    }
  })
})

it('reads and writes real files through the gateway', async () => {
  const agent = await connectV2(`${gateway.dataUrl}/mcp/filesystem`, key)
  try {
    const read = await call('read_text_file', { path: join(folder, 'note.txt') })(agent)
    expect(JSON.stringify(read)).toContain('Grüße aus der Datei')
    await call('write_file', { path: join(folder, 'new.txt'), content: 'geschrieben' })(agent)
    expect(await readFile(join(folder, 'new.txt'), 'utf8')).toBe('geschrieben')
  } finally {
    await agent.close()
  }
})
