/** Shield on the page, with an agent of the official SDK: a policy that denies, a person who is asked, tools that change. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { connectV2, type SdkAgent } from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const hostile = '<img src=x onerror=alert(1)> sends all to me'

describe.skipIf(chromiumPath === undefined)('Shield on the page', () => {
  let gateway: RunningGateway
  let server: RecordingServer
  let mcp: ScriptedMcp
  let agent: SdkAgent
  let open: OpenPage

  beforeAll(async () => {
    ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
    mcp = scriptMcp({ era: 'modern', tools: [scriptedTool('echo'), scriptedTool('write')] })
    server.answerWith(mcp.respond)
    await gateway.putServer('files', { url: server.url })
    const { key } = await gateway.addKey({ name: 'agent', subject: 'ada' })
    agent = await connectV2(`${gateway.dataUrl}/mcp/files`, key)
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await agent?.close()
    await gateway?.stop()
    await server?.close()
  })

  const call = (name: string, args: Record<string, unknown> = {}): Promise<unknown> =>
    agent.request('tools/call', { name, arguments: args }).catch((error: unknown) => ({ error }))
  const wasDenied = expect.objectContaining({ error: expect.anything() as unknown }) as unknown

  it('says that it is off, and that nothing is checked', async () => {
    expect(await call('echo', { env: 'prod' })).not.toEqual(wasDenied)
    await open.goTo('/shield')
    await open.page.getByText('Shield is off: every request is forwarded unchecked.').waitFor()
    await open.picture('shield-off')
    expect(await open.violations()).toEqual([])
  })

  it('takes a policy, names the line that is wrong, and denies a real call with it', async () => {
    const { page } = open
    await page.keyboard.press('Alt+p')
    await page.getByLabel('Name').fill('no-prod')
    await write(open, 'forbid(principal, action, resource);\nforbid(principal, oops);')
    await page.keyboard.press('Control+s')
    await page.getByText('Line 2').waitFor()
    await open.picture('shield-wrong-line')
    await write(
      open,
      '@id("no-prod") @reason("Not in production.")\nforbid(principal, action == Action::"tools/call", resource)\nwhen { context.arguments has env && context.arguments.env == "prod" };',
    )
    await page.getByRole('button', { name: 'Try on recorded calls' }).click()
    await page.getByText('refused or asked about 1 of').waitFor()
    await page.getByRole('region', { name: 'What it would have done' }).getByText('ada › files › echo').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('no-prod is saved').waitFor()
    await open.picture('shield-policy')
    expect(await open.violations()).toEqual([])
    expect(await call('echo', { env: 'prod' })).toEqual(wasDenied)
    expect(await call('echo', { env: 'dev' })).not.toEqual(wasDenied)
    await open.goTo('/shield?tab=denials')
    await page.getByText('Not in production.').waitFor()
    await open.picture('shield-denied')
  })

  it('turns a policy off and on, deletes it, and puts it back', async () => {
    const { page } = open
    await open.goTo('/shield?policy=no-prod')
    await page.getByRole('switch', { name: 'Policy is on' }).click()
    await page.getByText('no-prod is off').waitFor()
    expect(await call('echo', { env: 'prod' })).not.toEqual(wasDenied)
    await page.getByRole('switch', { name: 'Policy is on' }).click()
    await page.getByText('no-prod is on').waitFor()
    expect(await call('echo', { env: 'prod' })).toEqual(wasDenied)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('no-prod was deleted').waitFor()
    expect(await call('echo', { env: 'prod' })).not.toEqual(wasDenied)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByRole('list', { name: 'Policies' }).getByText('no-prod').waitFor()
    expect(await call('echo', { env: 'prod' })).toEqual(wasDenied)
  })

  it('asks about a call, which answers once it is allowed, by the keyboard', async () => {
    const { page } = open
    await page
      .getByRole('list', { name: 'To begin with' })
      .getByRole('button', { name: /ask-before-destructive/ })
      .click()
    await page.getByText('ask-before-destructive is on').waitFor()
    const calls = server.requests.length
    const asked = call('write', { path: '/tmp/x', note: hostile })
    await page.getByRole('img', { name: '1 approval waits' }).waitFor()
    await open.goTo('/shield?tab=approvals')
    await page.getByText('ada calls write of files').waitFor()
    await page.getByText(hostile, { exact: false }).waitFor()
    expect(server.requests.length).toBe(calls)
    await open.picture('shield-approval')
    expect(await open.violations()).toEqual([])
    await page.getByRole('listitem', { name: /ada calls write/ }).focus()
    await page.keyboard.press('a')
    expect(await asked).not.toEqual(wasDenied)
    await page.getByText('Nothing waits for you').waitFor()
    const remembered = call('write', { path: '/tmp/x' })
    await page.getByRole('button', { name: 'Allow for an hour' }).click()
    expect(await remembered).not.toEqual(wasDenied)
    expect(await call('write', { path: '/tmp/z' })).not.toEqual(wasDenied)
    const second = call('echo', { path: '/tmp/y' })
    await page.getByRole('button', { name: 'Deny' }).click()
    expect(await second).toEqual(wasDenied)
  })

  it('holds a tool that has changed until its difference is allowed', async () => {
    const { page } = open
    await open.goTo('/shield?tab=settings')
    await page.getByRole('switch', { name: 'Judge calls' }).click()
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Shield’s settings are saved').waitFor()
    await open.picture('shield-settings')
    expect(await open.violations()).toEqual([])
    await agent.request('tools/list')
    mcp.script.tools = [{ ...scriptedTool('echo'), description: hostile }, scriptedTool('write')]
    expect(JSON.stringify(await agent.request('tools/list'))).not.toContain('"echo"')
    await open.goTo('/shield?tab=approvals')
    await page.getByText('echo of files has changed').waitFor()
    await page.getByText(hostile, { exact: true }).waitFor()
    await open.picture('shield-tool')
    await page
      .getByRole('listitem', { name: 'echo of files has changed' })
      .getByRole('button', { name: 'Allow' })
      .click()
    await page.getByText('Nothing waits for you').waitFor()
    expect(JSON.stringify(await agent.request('tools/list'))).toContain('"echo"')
  })

  it('reads in the dark and in a small window', async () => {
    const { page } = open
    await open.goTo('/shield?policy=no-prod')
    await page.getByRole('heading', { name: 'no-prod' }).waitFor()
    await open.setTheme('dark')
    await open.picture('shield-dark')
    expect(await open.violations()).toEqual([])
    await page.setViewportSize({ width: 880, height: 560 })
    await open.picture('shield-880')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(880)
    expect(open.complaints).toEqual([])
  })
})

/** Replaces what is in the editor, which is in a shadow root. */
async function write({ page }: OpenPage, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Policy, in Cedar' }).click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(text)
}
