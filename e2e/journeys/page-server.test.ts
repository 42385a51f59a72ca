/** One server on the page: its authentication with what will be sent, its tools, traffic, settings, and the wizard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startRecordingServer, type RecordedRequest, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool } from '../peers/scripted-mcp.js'
import { connectV2 } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const secret = 'canary-bearer-of-the-page-7391'
const headersSchema = z.array(z.looseObject({ name: z.string(), value: z.string(), masked: z.boolean() }))
/** Each connection has its own of these. */
const unsaid = new Set(['host', 'content-length', 'connection'])
const say = {
  type: 'object',
  properties: { text: { type: 'string' }, count: { type: 'integer' } },
  required: ['text'],
}

describe.skipIf(chromiumPath === undefined)('one server on the page', () => {
  let gateway: RunningGateway
  let server: RecordingServer
  let open: OpenPage
  const callsOf = (tool: string): RecordedRequest[] =>
    server.requests.filter(({ json }) => at(json, 'method') === 'tools/call' && at(json, 'params.name') === tool)

  beforeAll(async () => {
    ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
    const script = scriptMcp({ era: 'modern', tools: [scriptedTool('say', say), scriptedTool('purge')] })
    server.answerWith((request, response) => script.respond(request, response))
    await gateway.putServer('notes', { url: server.url })
    await gateway.putServer('local', { command: '/bin/true', args: ['--quiet'], env: { TOKEN: { secret: 'T' } } })
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await server?.close()
    await gateway?.stop()
  })

  /** What the preview says will go out: names with the values that are shown. */
  const preview = async (): Promise<Map<string, string>> => {
    const rows = open.page.getByRole('list', { name: 'Headers, as they would be' }).getByRole('listitem')
    const lines = await rows.evaluateAll((items) =>
      items
        .filter(({ dataset }) => dataset['tone'] !== 'stripped')
        .map((item) => [
          item.dataset['header'] ?? '',
          item.querySelector('button span:nth-child(3)')?.textContent ?? '',
        ]),
    )
    return new Map(lines as [string, string][])
  }

  it('says in the list and on its own page that somebody has to sign in, before any call', async () => {
    const { page } = open
    const app_auth = { type: 'oauth2_authorization_code' }
    await open.goTo('/servers')
    await gateway.putServer('mail', { url: server.url, app_auth })
    await page.getByRole('row', { name: /^mail, Sign in needed/ }).waitFor()
    await open.goTo('/servers/mail')
    await page.getByText('No account is connected yet.').waitFor()
    await page.getByRole('button', { name: 'Connect an account' }).waitFor()
    await gateway.api('DELETE', '/servers/mail')
  })

  it('takes a bearer token, and shows its header masked before anything is saved', async () => {
    const { page } = open
    await open.goTo('/servers/notes/authentication')
    const app = page.getByRole('region', { name: 'App authentication' })
    await app.getByRole('button', { name: 'Change' }).click()
    await app.getByRole('radio', { name: 'Bearer token' }).click()
    await page.getByText('Fill in what is marked').waitFor()
    await app.getByRole('button', { name: 'New secret' }).click()
    await app.getByLabel('Value').fill(secret)
    await open.picture('server-authentication-secret')
    await app.getByRole('button', { name: 'Store' }).click()
    const line = page.getByRole('listitem').filter({ hasText: 'authorization' })
    await line.getByText('added by your changes').waitFor()
    // Nothing of a secret is shown for where it may not be sent yet.
    expect(await line.textContent()).toContain('Bearer ****added')
    expect(await page.content()).not.toContain(secret)
    expect((await gateway.api('GET', '/servers/notes')).body).not.toHaveProperty('app_auth')
    await line.getByRole('button').click()
    await line.getByText('mcpServers.notes.app_auth').waitFor()
    await open.picture('server-authentication-unsaved')
  })

  it('undoes and redoes by the keyboard, and saves', async () => {
    const { page } = open
    await page.keyboard.press('Control+z')
    await page.getByText('Fill in what is marked').waitFor()
    await page.keyboard.press('Control+Shift+z')
    await page.getByText('added by your changes').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('notes was saved').waitFor()
    await page
      .getByRole('listitem')
      .filter({ hasText: `Bearer ****${secret.slice(-4)}` })
      .waitFor()
    expect((await gateway.api('GET', '/servers/notes')).body).toMatchObject({
      app_auth: { type: 'bearer', token: { secret: 'notes-token' } },
    })
  })

  it('shows the same headers three times: before the call, at the server, and in its record', async () => {
    const { page } = open
    const { key } = await gateway.addKey({ name: 'an agent' })
    const agent = await connectV2(`${gateway.dataUrl}/mcp/notes`, key)
    await agent.request('tools/call', { name: 'say', arguments: { text: 'first' } })
    await page.getByLabel('Sample request').click()
    await page.getByRole('option', { name: 'Your agents’ last call' }).click()
    await page.getByLabel('As', { exact: true }).click()
    await page.getByRole('option', { name: 'an agent' }).click()
    await page.getByRole('listitem').filter({ hasText: 'mcp-name' }).waitFor()
    const planned = await preview()
    await agent.request('tools/call', { name: 'say', arguments: { text: 'second' } })
    await agent.close()
    const received = callsOf('say').at(-1)
    const names = (received?.headers ?? []).map(([name]) => name.toLowerCase()).filter((name) => !unsaid.has(name))
    expect([...planned.keys()].sort()).toEqual(names.sort())
    expect(received?.header('authorization')).toBe(`Bearer ${secret}`)
    const { body } = await gateway.api('GET', '/exchanges?server=notes&tool=say&limit=1')
    const recorded = [
      ...headersSchema.parse(at(body, 'items.0.request.forwarded')),
      ...headersSchema.parse(at(body, 'items.0.request.injected')),
    ]
    expect(recorded.map(({ name }) => name).sort()).toEqual([...planned.keys()].sort())
    for (const { name, value, masked } of recorded) {
      const told = planned.get(name) ?? ''
      if (/^\(.*\)$/.test(told)) continue
      expect([name, told]).toEqual([name, value])
      if (!masked) expect([name, received?.header(name)]).toEqual([name, value])
    }
  })

  it('sends what it shows, and says that it was the same', async () => {
    await open.page.getByRole('button', { name: 'Send tools/list' }).click()
    await open.page.getByText('The server received the same headers').waitFor()
    await open.picture('server-authentication')
  })

  it('shows at its field that two rules claim a header', async () => {
    const { page } = open
    await page.getByRole('button', { name: 'Add header' }).click()
    await page.getByRole('menuitem', { name: /Custom header/ }).click()
    await page.getByLabel('Header', { exact: true }).fill('Authorization')
    await page.getByRole('alert').getByText('is already set by mcpServers.notes.app_auth').first().waitFor()
    await page.getByRole('button', { name: 'Remove Authorization' }).click()
    await page.getByText('The header Authorization was removed').waitFor()
    await page.getByText('as saved', { exact: true }).waitFor()
  })

  it('lists tools, calls one through the gateway, hides one and renames another', async () => {
    const { page } = open
    await page.getByRole('tab', { name: 'Tools' }).click()
    await page.getByRole('row', { name: /^say/ }).click()
    await page.getByLabel('text', { exact: true }).fill('from the page')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByRole('link', { name: 'Open the exchange' }).waitFor()
    expect(callsOf('say').map(({ json }) => at(json, 'params.arguments.text'))).toContain('from the page')
    await open.picture('server-tools')
    await page.getByLabel(/Name for agents/).fill('speak')
    await page.getByRole('row', { name: /^purge/ }).click()
    await page.getByRole('switch', { name: 'Show it to agents' }).click()
    await page.keyboard.press('Control+s')
    await page.getByText('notes was saved').first().waitFor()
    expect((await gateway.api('GET', '/servers/notes')).body).toMatchObject({
      tools: { say: { rename: 'speak' }, purge: { hidden: true } },
    })
  })

  it('lists what was called, newest first', async () => {
    await open.page.keyboard.press('Alt+4')
    await open.page
      .getByRole('row', { name: /tools\/call/ })
      .first()
      .waitFor()
    await open.picture('server-traffic')
  })

  it('edits the whole server as JSON, and names what is wrong by its path', async () => {
    const { page } = open
    await page.keyboard.press('Alt+5')
    const editor = page.getByRole('textbox', { name: 'JSON' })
    await editor.fill('{ "url": "https://x.example/mcp", "timeout_ms": 5 }')
    await page.getByRole('alert').getByText('timeout_ms').waitFor()
    await page.getByRole('button', { name: 'Revert' }).click()
    await page.getByRole('button', { name: 'Revert' }).waitFor({ state: 'detached' })
  })

  it('shows exactly the command that is to be approved', async () => {
    const { page } = open
    await open.goTo('/servers/local/overview')
    await page.getByRole('button', { name: 'Approve this command' }).waitFor()
    const main = await page.getByRole('main').textContent()
    for (const part of ['/bin/true', '--quiet', 'TOKEN', 'the secret T']) expect(main).toContain(part)
    await open.picture('server-approve')
  })

  it('tests a server and shows each step', async () => {
    const { page } = open
    await open.goTo('/servers/notes')
    await page.getByRole('button', { name: /^Test/ }).click()
    await page.getByText('Speaks MCP', { exact: true }).waitFor()
    await open.picture('server-overview')
  })

  it('finds a setup by four questions, and hands it to Authentication', async () => {
    const { page } = open
    await open.goTo('/setup?server=notes')
    await page.getByRole('radio', { name: 'With an API key' }).click()
    await page.getByRole('radio', { name: 'Yes, their token', exact: true }).click()
    await page.getByRole('listitem').filter({ hasText: 'x-user-authorization' }).first().waitFor()
    await open.picture('setup')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: 'Use this setup' }).click()
    await page.getByText(/^Unsaved: 3 changes/).waitFor()
    await page.getByRole('button', { name: 'Revert' }).click()
  })

  it('tells what it offers once it was tested', async () => {
    const { page } = open
    await open.goTo('/servers/notes/overview')
    await page.keyboard.press('Alt+t')
    await page.getByText('Reachable').waitFor()
    const facts = page.getByRole('region', { name: 'About it' })
    await facts.getByText('2026-07-28, stateless').waitFor()
    await facts.getByText('2 tools').waitFor()
  })

  it.each(['overview', 'authentication', 'tools', 'traffic', 'advanced'])('%s reads in every theme', async (tab) => {
    await open.goTo(`/servers/notes/${tab}`)
    await open.page.getByRole('tab', { selected: true }).waitFor()
    await open.page.getByRole('status').filter({ hasText: 'Loading' }).waitFor({ state: 'detached' })
    expect(await open.violationsInThemes(`server-${tab}`)).toEqual([])
  })

  it.each([
    [880, 560],
    [640, 400],
  ])('nothing is cut off at %i × %i', async (width, height) => {
    await open.page.setViewportSize({ width, height })
    for (const path of ['overview', 'authentication', 'tools', 'traffic', 'advanced'].map(
      (tab) => `/servers/notes/${tab}`,
    )) {
      await open.goTo(path)
      await open.page.getByRole('tab', { selected: true }).waitFor()
      const overflow = await open.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect([path, overflow > 0]).toEqual([path, false])
      await open.picture(`${path.replaceAll('/', '-').slice(1)}-${width}`)
    }
  })

  it('breaks no rule of the content security policy', () => expect(open.complaints).toEqual([]))
})
