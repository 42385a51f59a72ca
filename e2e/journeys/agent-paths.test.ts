/** The paths of one agent: its key and no other, and no OAuth discovery anywhere below. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callLegacy, callModern, openSession } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let cursor: string
let claude: string
let anybody: string

const agentSchema = z.looseObject({ name: z.string(), key: z.string(), urls: z.unknown() })

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  await gateway.putServer('each', { url: server.url, agent_auth: { type: 'interactive' } })
  await gateway.putServer('open', { url: server.url, auth_mode: 'oauth_passthrough' })
  const add = async (name: string): Promise<string> =>
    agentSchema.parse((await gateway.api('POST', '/agents', { name })).body).key
  cursor = await add('cursor')
  claude = await add('claude')
  anybody = (await gateway.addKey({ name: 'anybody' })).key
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => server.reset())

const url = (agent: string, slug = 'each'): string => `${gateway.dataUrl}/agents/${agent}/mcp/${slug}`

describe('the paths of an agent', () => {
  it('take its key, in the API key header and as Bearer', async () => {
    expect((await callModern(url('cursor'), { key: cursor })).status).toBe(200)
    expect((await callModern(url('cursor'), { headers: { authorization: `Bearer ${cursor}` } })).status).toBe(200)
    const session = await openSession(url('cursor'), cursor)
    expect((await callLegacy(url('cursor'), { key: cursor, session })).status).toBe(200)
  })

  it.each(['of another agent', 'of nobody in particular', 'that is unknown', 'that is missing'])(
    'take no key %s, and nothing goes out',
    async (which) => {
      const keys: Record<string, string | undefined> = {
        'of another agent': claude,
        'of nobody in particular': anybody,
        'that is unknown': 'gh_sk_unknown',
        'that is missing': undefined,
      }
      const key = keys[which]
      const answer = await callModern(url('cursor'), key === undefined ? {} : { key })
      expect([401, 403]).toContain(answer.status)
      expect(answer.headers['www-authenticate'] ?? '').not.toContain('resource_metadata')
      expect(server.requests).toEqual([])
    },
  )

  it('know no OAuth discovery: every .well-known below them is 404', async () => {
    const documents = ['oauth-protected-resource', 'oauth-authorization-server', 'openid-configuration']
    for (const document of documents) {
      for (const path of [
        `/agents/cursor/.well-known/${document}`,
        `/agents/cursor/mcp/.well-known/${document}`,
        `/agents/cursor/mcp/each/.well-known/${document}`,
        `/agents/cursor/mcp/open/.well-known/${document}`,
        `/.well-known/${document}/agents/cursor/mcp/each`,
        `/.well-known/${document}/agents/cursor/mcp`,
      ]) {
        expect([path, (await send(`${gateway.dataUrl}${path}`)).status]).toEqual([path, 404])
      }
    }
    expect(server.requests).toEqual([])
  })

  it('say no resource_metadata in a 401 that the server’s own is passed on as', async () => {
    const answer = await callModern(url('cursor', 'open'), { key: cursor })
    expect(answer.headers['www-authenticate'] ?? '').not.toContain('resource_metadata')
  })
})
