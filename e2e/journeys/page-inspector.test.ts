/** The inspector on the page: what agents really sent, found, opened, compared and repeated; under load; and with hostile text. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callModern } from '../peers/mcp-request.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
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

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

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
      if (method !== 'tools/list' && method !== 'tools/call') return false
      if (method === 'tools/list')
        answerJson(
          response,
          200,
          result(request, {
            tools: [tool('create_note'), { ...tool('wipe'), annotations: { destructiveHint: true } }],
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
      return true
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
    expect(await open.violationsInThemes('inspector-summary')).toEqual([])
  })

  it('shows each header on its way, and the same that the server got', async () => {
    const { page } = open
    const sent = notes.requests.find(({ json }) => at(json, 'params.name') === 'create_note')
    expect(sent?.header('authorization')).toBe(`Bearer ${secret}`)
    await page.getByRole('grid').focus()
    await page.keyboard.press('Alt+2')
    const trip = (name: string) => page.locator(`tr[data-header="${name}"]`)
    await trip('authorization').getByText('Injected').waitFor({ state: 'attached' })
    expect(await trip('authorization').textContent()).toMatch(/Bearer \*{4}6789.*app_\u200bauth.*notes-token/)
    expect(await trip('x-internal-id').textContent()).toContain('Stripped')
    expect(await trip('x-internal-id').textContent()).toContain('restricted')
    expect(await trip('x-team').count()).toBe(0)
    await open.picture('inspector-headers')
    await page.getByRole('checkbox', { name: 'Changes only' }).click()
    await trip('x-team').waitFor()
    const toServer = await page
      .locator('tr[data-header] td:nth-child(3) > div:first-child > span:first-child')
      .allTextContents()
    const received = sent?.headers.map(([name]) => name.toLowerCase()) ?? []
    expect(
      toServer
        .filter((name) => name !== '')
        .map((name) => name.toLowerCase())
        .toSorted(),
    ).toEqual(received.filter((name) => !['host', 'connection', 'content-length'].includes(name)).toSorted())
    expect(await open.violations()).toEqual([])
  })

  it('opens everything else by the keyboard alone', async () => {
    const { page } = open
    const panel = page.getByRole('tabpanel')
    await page.getByRole('grid').focus()
    await page.keyboard.press('Alt+3')
    await panel.getByText('"Groceries"').first().waitFor()
    await panel.getByRole('button', { name: 'Tree' }).click()
    await open.picture('inspector-body')
    expect(await panel.textContent()).not.toContain(secret)
    await page.keyboard.press('Alt+5')
    await page.getByRole('table', { name: 'Phases' }).waitFor()
    await open.picture('inspector-timing')
    await page.keyboard.press('Alt+6')
    await panel.getByText('POST /mcp/notes HTTP/1.1').waitFor()
    expect(await panel.textContent()).toContain('authorization: Bearer ****6789')
    await page.keyboard.press('Alt+7')
    await panel.getByRole('link', { name: 'mcpServers.notes.app_auth' }).first().waitFor()
    await open.picture('inspector-why')
    expect(await open.violations()).toEqual([])
    await page.getByRole('grid').focus()
    await page.keyboard.press('k')
    await page.getByRole('heading', { name: 'broken' }).waitFor()
    await page.keyboard.press('Alt+1')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('tab')
    await row(/trigger-long-running-operation, 200/).click()
    await page.keyboard.press('Alt+4')
    await panel.getByText('notifications/progress').first().waitFor()
    expect(await panel.getByRole('row').count()).toBeGreaterThan(2)
    await open.picture('inspector-stream')
    expect(await open.violations()).toEqual([])
  })

  it('filters by what is typed, says where it is wrong, and keeps a filter under a name', async () => {
    const { page } = open
    await page.getByRole('grid').focus()
    await page.keyboard.press('/')
    await page.keyboard.type('status:>')
    await page.getByText('Character 8: status: expects a status').waitFor()
    await page.keyboard.type('=400')
    await page.keyboard.press('Enter')
    await row(/broken/).waitFor()
    await row(/create_note/).waitFor({ state: 'detached' })
    expect(new URL(page.url()).hash).toContain(encodeURIComponent('status:>=400'))
    await page.keyboard.type('serv')
    await page.getByRole('option', { name: 'server:', exact: true }).waitFor()
    await open.picture('inspector-suggestions')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: 'server:notes' }).click()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove server:notes' }).waitFor()
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByLabel('Save this filter as').fill('Failures of notes')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Delete Failures of notes' }).waitFor()
    await open.picture('inspector-saved')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Remove server:notes' }).click()
    await page.getByRole('grid').focus()
    await page.keyboard.press('Alt+Shift+1')
    await page.getByRole('button', { name: 'Remove server:notes' }).waitFor()
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByRole('button', { name: 'Delete Failures of notes' }).click()
    await page.getByText('None yet.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Remove -method:ping' }).click()
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByRole('button', { name: /^Failures of notes/ }).click()
    await page.getByRole('button', { name: 'Remove -method:ping' }).waitFor()
    await page.keyboard.press('Escape')
    await open.goTo('/inspector')
    await row(/create_note/).waitFor()
  })

  it('keeps a pinned call at hand, whatever the filter finds, and moves nothing', async () => {
    const { page } = open
    await row(/create_note/).click()
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))
    const before = await focused()
    await page.keyboard.press('p')
    const pinned = page.getByRole('region', { name: 'Pinned calls' })
    await pinned.getByRole('button', { name: /create_note/ }).waitFor()
    expect(await focused()).toBe(before)
    await open.picture('inspector-pinned')
    expect(await open.violations()).toEqual([])
    await open.goTo('/inspector?q=tool%3Abroken')
    await row(/broken/).click()
    await page.getByRole('heading', { name: 'broken' }).waitFor()
    await pinned.getByRole('button', { name: /create_note/ }).click()
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    await pinned.getByRole('button', { name: 'Unpin all' }).click()
    await pinned.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await pinned.getByRole('button', { name: 'Unpin', exact: true }).click()
    await pinned.waitFor({ state: 'detached' })
    await open.goTo('/inspector')
  })

  it('counts the pings that it leaves out, leads to them, and says that headers and body agree', async () => {
    const { page } = open
    await callModern(`${gateway.dataUrl}/mcp/notes`, { key, method: 'ping', params: {} })
    await open.goTo('/')
    await open.goTo('/inspector')
    await page.getByRole('button', { name: /^2 pings folded/ }).click()
    await row(/ping/).click()
    await page.getByRole('tab', { name: 'Headers' }).click()
    await page.getByText('The body says what these say too: mcp-protocol-version, mcp-method').waitFor()
    await open.goTo('/inspector')
    await row(/create_note/).waitFor()
  })

  it('holds back what comes while it is paused, and empties the list with a way back', async () => {
    const { page } = open
    await page.getByRole('grid').focus()
    await page.keyboard.press('Control+.')
    await call('while_paused')
    await page.getByRole('button', { name: /Resume \(1 waiting\)/ }).click()
    await row(/while_paused/).waitFor()
    await page.getByRole('button', { name: 'Clear the list' }).click()
    await page.getByText('Nothing has called yet').waitFor()
    await page.getByText('The list was cleared').waitFor()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await row(/create_note/).waitFor()
  })

  it('repeats a call, with other arguments too, and shows what became different', async () => {
    const { page } = open
    await row(/create_note/).click()
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    await page.keyboard.press('r')
    await page.getByText('How the answer differs').waitFor()
    await open.picture('inspector-replay')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: 'Back to the call' }).click()
    await page.keyboard.press('Shift+R')
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('{"title":"Errands, r"}')
    await page.keyboard.press('Control+Enter')
    await page.getByText('How the answer differs').waitFor()
    expect(at(notes.requests.at(-1)?.json, 'params.arguments')).toEqual({ title: 'Errands, r' })
    await page.getByRole('link', { name: 'Open the replay' }).click()
    await page.keyboard.press('Alt+1')
    await page.getByRole('link', { name: 'Repeats this call' }).waitFor()
  })

  it('asks once before a tool is called again that destroys', async () => {
    const { page } = open
    await call('wipe')
    await row(/wipe/).click()
    await page.getByRole('heading', { name: 'wipe' }).waitFor()
    const count = (): number => notes.requests.filter(({ json }) => at(json, 'params.name') === 'wipe').length
    const before = count()
    await page.keyboard.press('r')
    const dialog = page.getByRole('dialog', { name: 'Call it once more?' })
    await dialog.waitFor()
    expect(count()).toBe(before)
    await dialog.getByRole('button', { name: 'Call it again' }).click()
    await page.getByText('Back to the call').waitFor()
    expect(count()).toBe(before + 1)
  })

  it('compares two calls, header by header', async () => {
    const { page } = open
    await row(/broken/).click({ modifiers: ['Control'] })
    await row(/while_paused/).click()
    await page.getByRole('heading', { name: 'while_paused' }).waitFor()
    await page.keyboard.press('=')
    await page.getByRole('heading', { name: 'Compare calls' }).waitFor()
    await page.getByRole('table', { name: 'Both calls' }).getByText('500').waitFor()
    await page.locator('.cm-deletedChunk, .cm-changedLine').first().waitFor()
    await open.picture('inspector-compare')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: 'Unmark all' }).click()
  })

  it('copies a call without its secrets, and exports what the filter finds', async () => {
    const { page } = open
    await open.goTo(`/inspector?selected=${await newestId('tool:create_note replay:false')}`)
    await page.getByRole('heading', { name: 'create_note' }).waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.keyboard.press('c')
    await page.getByText('Copy as curl').waitFor()
    const curl = await page.evaluate(() => navigator.clipboard.readText())
    expect(curl).toContain(`${gateway.dataUrl}/mcp/notes`)
    expect(curl).toContain('"x-gatehouse-apikey: $GATEHOUSE_KEY"')
    expect(curl).not.toMatch(/gh_sk_|canary|\*{4}/)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Export…' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^gatehouse-.*\.har$/)
    expect(await readFile(await download.path(), 'utf8')).toMatch(/"version":\s*"1\.2"/)
  })

  it('counts denials that nobody has seen, and leads to them', async () => {
    const { page } = open
    const text =
      '@id("no-deletes") @reason("Nothing is deleted here.") forbid(principal, action, resource == Tool::"notes/delete_note");'
    expect(await gateway.api('PUT', '/policies/no-deletes', { text })).toMatchObject({ status: 201 })
    await open.goTo('/')
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    expect((await call('delete_note')).status).toBe(403)
    await page.getByText('1 denial that you have not seen').waitFor({ state: 'attached' })
    await page.getByRole('link', { name: /delete_note/ }).click()
    await page.getByText('Nothing is deleted here.').first().waitFor()
    await page.getByText('1 denial that you have not seen').waitFor({ state: 'detached' })
    await row(/^Denied.*delete_note/).waitFor()
    await open.picture('inspector-denied')
    await page.setViewportSize({ width: 880, height: 560 })
    await open.picture('inspector-denied-880')
    await open.setTheme('dark')
    await page.keyboard.press('Alt+2')
    await open.picture('inspector-denied-880-dark')
    await page.getByText('Nothing was sent.').waitFor()
    expect(await page.getByRole('tablist').evaluate((list) => list.scrollWidth - list.clientWidth)).toBeLessThanOrEqual(
      0,
    )
    await page.setViewportSize({ width: 1280, height: 800 })
    expect(await open.violations()).toEqual([])
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
