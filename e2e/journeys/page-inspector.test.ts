/** The inspector on the page: what agents really sent, found, opened, compared and repeated; under load; and with hostile text. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callModern } from '../peers/mcp-request.js'
import { chromiumPath, openPage, themes, type OpenPage } from '../peers/page.js'
import {
  answerJson,
  startRecordingServer,
  type RecordedRequest,
  type RecordingServer,
} from '../peers/recording-server.js'
import { connectV1, connectV2 } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const secret = 'canary-of-the-server-0123456789'
const itemsSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) })

const result = ({ json }: RecordedRequest, value: object) => ({
  jsonrpc: '2.0',
  id: at(json, 'id'),
  result: { resultType: 'complete', ...value },
})

describe.skipIf(chromiumPath === undefined)('the inspector on the page', () => {
  let gateway: RunningGateway
  let everything: EverythingServer
  let notes: RecordingServer
  let open: OpenPage
  let key: string

  const call = (name: string, args: unknown = {}, slug = 'notes') =>
    callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params: { name, arguments: args } })
  const newestId = async (q: string): Promise<string> => {
    const { body } = await gateway.api('GET', `/exchanges?limit=1&q=${encodeURIComponent(q)}`)
    const [item] = itemsSchema.parse(body).items
    if (item === undefined) throw new Error(`nothing is found by ${q}`)
    return item.id
  }
  const row = (name: RegExp) => open.page.getByRole('row', { name }).last()

  beforeAll(async () => {
    ;[notes, everything] = await Promise.all([startRecordingServer(), startEverything()])
    gateway = await startGateway()
    key = (await gateway.addKey({ name: 'ada', subject: 'ada' })).key
    await gateway.putSecret('notes-token', secret)
    await gateway.putServer('everything', { url: everything.url })
    await gateway.putServer('notes', {
      url: notes.url,
      app_auth: { type: 'bearer', token: { secret: 'notes-token' } },
      restricted_inbound_headers: ['x-internal-*'],
    })
    notes.answerWith((request, response) => {
      const method = at(request.json, 'method')
      const name = at(request.json, 'params.name')
      if (method === 'tools/list')
        answerJson(
          response,
          200,
          result(request, {
            tools: [{ name: 'wipe', inputSchema: { type: 'object' }, annotations: { destructiveHint: true } }],
          }),
        )
      else if (name === 'broken') answerJson(response, 500, { error: 'the disk is full' })
      else
        answerJson(
          response,
          200,
          result(request, {
            content: [{ type: 'text', text: `answer ${notes.requests.length}` }],
            echoed: at(request.json, 'params.arguments'),
          }),
        )
    })
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await Promise.all([notes?.close(), everything?.close()])
    await gateway?.stop()
  })

  it('tells where agents call while nobody has, and shows calls as they come', async () => {
    const { page } = open
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.keyboard.press('Control+3')
    await page.getByText('Nothing has called yet').waitFor()
    expect(await open.violations()).toEqual([])
    await open.picture('inspector-empty')
    const [v1, v2] = await Promise.all([
      connectV1(`${gateway.dataUrl}/mcp/everything`, key),
      connectV2(`${gateway.dataUrl}/mcp/everything`, key),
    ])
    await v1.request('ping')
    await v1.request('tools/call', { name: 'echo', arguments: { message: 'from an agent' } })
    await v2.callWithProgress('trigger-long-running-operation', { duration: 1, steps: 4 })
    await Promise.all([v1.close(), v2.close()])
    await callModern(`${gateway.dataUrl}/mcp/notes`, { key: 'gh_sk_wrong' })
    await call('broken')
    await callModern(`${gateway.dataUrl}/mcp/notes`, {
      key,
      params: { name: 'create_note', arguments: { title: 'Groceries' } },
      headers: { 'x-internal-id': 'internal-7', 'x-team': 'green' },
    })
    await row(/create_note, 200/).waitFor()
    await row(/trigger-long-running-operation, 200/).waitFor()
    await row(/401/).waitFor()
    await row(/broken, 500/).waitFor()
    expect(await page.getByRole('row', { name: /, ping,/ }).count()).toBe(0)
    await open.picture('inspector-list')
  })

  it('is kept in the address, down to the chosen call', async () => {
    const { page } = open
    await row(/create_note/).click()
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    const address = new URL(page.url()).hash.slice(1)
    expect(address).toContain('selected=')
    await open.goTo('/')
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await open.goTo(address)
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    for (const theme of themes) {
      await open.setTheme(theme)
      await open.picture(`inspector-summary-${theme}`)
      expect(await open.violations(), theme).toEqual([])
    }
    await open.setTheme('light')
  })
})
