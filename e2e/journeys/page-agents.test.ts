/** Agents on the page: a key made on the spot makes a real call, which the page waits for; keys with limits; revoking. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { callModern } from '../peers/mcp-request.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { connectV2Legacy } from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const cursorConfig = z.object({
  mcpServers: z.object({ gatehouse: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }) }),
})

describe.skipIf(chromiumPath === undefined)('agents on the page', () => {
  let home: string
  let gateway: RunningGateway
  let everything: EverythingServer
  let open: OpenPage
  /** What was copied last. */
  const copied = (): Promise<string> => open.page.evaluate(() => navigator.clipboard.readText())
  const copy = async (what: string): Promise<string> => {
    await open.page.getByRole('button', { name: `Copy ${what}`, exact: true }).click()
    return copied()
  }
  const choose = async (label: string, option: string): Promise<void> => {
    await open.page.getByLabel(label, { exact: true }).click()
    await open.page.getByRole('option', { name: option, exact: true }).click()
  }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'gatehouse-home-'))
    gateway = await startGateway({ env: { HOME: home } })
    everything = await startEverything()
    await gateway.putServer('everything', { url: everything.url })
    await gateway.putServer('other', { url: everything.url })
    open = await openPage(gateway)
    await open.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  })
  afterAll(async () => {
    await open?.close()
    await everything?.close()
    await gateway?.stop()
    await rm(home, { recursive: true, force: true })
  })

  it('connects Cursor: what the page says makes a real call, and the page hears of it', async () => {
    const { page } = open
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.keyboard.press('Control+4')
    await page.getByText('No agent yet').waitFor()
    await page.keyboard.press('Alt+a')
    await choose('Which program?', 'Cursor')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await page.getByRole('dialog').getByText('Waiting for the first call').waitFor()
    const exported = await copy('the line for the terminal')
    const key = exported.replace('export GATEHOUSE_KEY=', '')
    const text = await copy('what goes into ~/.cursor/mcp.json')
    const { url, headers } = cursorConfig.parse(JSON.parse(text)).mcpServers.gatehouse
    expect(headers).toEqual({ Authorization: 'Bearer ${env:GATEHOUSE_KEY}' })
    expect(await page.getByRole('dialog').textContent()).not.toContain(key)
    expect(await page.getByRole('button', { name: 'Open Cursor' }).getAttribute('href')).toMatch(/^cursor:\/\//)
    await open.picture('connect-agent')
    expect(await open.violations()).toEqual([])

    const agent = await connectV2Legacy(url, key)
    expect(JSON.stringify(await agent.request('tools/list'))).toContain('everything__echo')
    await page.getByText('It works').waitFor()
    await agent.close()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('row', { name: /cursor, last call/ }).waitFor()
    expect(await page.content()).not.toContain(key)
  })

  it('shows each program its own form, with the key in it only where nothing else is known', async () => {
    const { page } = open
    await page.getByRole('row', { name: /cursor/ }).click()
    await page.getByText(`${gateway.dataUrl}/agents/cursor/mcp/other`).waitFor()
    await page.getByRole('button', { name: 'Connect with another key' }).click()
    await page.getByText('it gets one more key').waitFor()
    await choose('What it is told to call', 'Only everything')
    await page.getByRole('button', { name: 'Make a key' }).click()
    const key = await copy('The key')
    expect(key).toMatch(/^gh_sk_/)
    await choose('Which program?', 'VS Code')
    const link = await page.getByRole('button', { name: 'Open VS Code' }).getAttribute('href')
    expect(decodeURIComponent(link ?? '')).toContain(`${gateway.dataUrl}/agents/cursor/mcp/everything`)
    await choose('Which program?', 'Codex')
    expect(await copy('the command')).toContain('--bearer-token-env-var GATEHOUSE_KEY')
    await choose('Which program?', 'Claude Desktop')
    await page.getByText('mcp-remote between it').waitFor()
    expect(await copy('what goes into claude_desktop_config.json')).toContain(`Bearer ${key}`)
    expect(await page.getByRole('dialog').textContent()).not.toContain(key)
    await page.keyboard.press('Escape')
  })

  it('makes a key with limits that hold, and says which field is wrong', async () => {
    const { page } = open
    await page.keyboard.press('Alt+k')
    const sheet = page.getByRole('dialog', { name: 'New key' })
    await sheet.getByRole('button', { name: 'Make the key' }).click()
    await sheet.getByRole('alert').first().waitFor()
    await sheet.getByLabel('Name', { exact: true }).fill('limited')
    await sheet.getByRole('checkbox', { name: 'everything' }).click()
    await sheet.getByLabel(/^Tools/).fill('echo')
    await choose('Expires', 'In 7 days')
    await sheet.getByRole('button', { name: 'Make the key' }).click()
    const key = await copy('The key')
    await page.getByRole('button', { name: 'Done' }).click()
    const refused = await callModern(`${gateway.dataUrl}/mcp/other`, { key })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    const agent = await connectV2Legacy(`${gateway.dataUrl}/mcp/everything`, key)
    expect(JSON.stringify(await agent.request('tools/list'))).not.toContain('"add"')
    await agent.close()
    await page.getByRole('tab', { name: 'Keys' }).click()
    await page.getByRole('row', { name: /limited/ }).click()
    await page.getByText('in 6 days').or(page.getByText('in 7 days')).first().waitFor()
  })

  it('revokes a key from the next call on, after asking', async () => {
    const { page } = open
    await open.goTo('/agents?tab=keys')
    const { key } = await gateway.addKey({ name: 'gone-soon' })
    await page.reload()
    await page.getByRole('row', { name: /gone-soon/ }).click()
    await page.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke gone-soon?' })
    await dialog.getByText('It was never used.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    // While the dialog is there, nothing behind it has a role.
    await page.getByText('gone-soon was revoked').waitFor()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /gone-soon/ }).waitFor({ state: 'detached' })
    const answer = await callModern(`${gateway.dataUrl}/mcp/everything`, { key })
    expect(answer.status).toBe(401)
  })

  it('imports a key that agents have already, and shows it nowhere', async () => {
    const { page } = open
    const existing = 'hf_sk_canary_that_nobody_sees_0001'
    await page.getByRole('button', { name: 'Import a key' }).click()
    await page.getByLabel('The existing key').fill(existing)
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('from-before')
    await page.getByRole('button', { name: 'Import the key' }).click()
    await page.getByRole('row', { name: /from-before/ }).waitFor()
    expect(await page.content()).not.toContain(existing)
    const agent = await connectV2Legacy(`${gateway.dataUrl}/mcp/everything`, existing)
    await agent.close()
  })

  it('takes over what Cursor has, shows each line before it writes, hears of the first call, and takes all back', async () => {
    const { page } = open
    const file = join(home, '.cursor', 'mcp.json')
    const secret = 'canary-of-cursor-0123456789'
    const text = `{
  // my servers
  "mcpServers": {
    "Notes": { "url": "${everything.url}?for=notes", "headers": { "Authorization": "Bearer ${secret}" } },
    "local": { "command": "/bin/true", "args": ["--quiet"] }
  }
}
`
    await mkdir(join(home, '.cursor'))
    await writeFile(file, text)
    await open.goTo('/')
    await page.reload()
    await page.getByText('Found on this computer: Cursor').waitFor()
    await open.picture('home-found-agents')
    await page.getByRole('button', { name: 'Import servers' }).click()
    await page.getByRole('dialog').getByRole('checkbox', { name: 'Cursor' }).waitFor()
    await page.getByRole('button', { name: 'Look into them' }).click()
    await page.getByRole('dialog').getByText('notes-authorization').first().waitFor()
    await page.getByText('/bin/true --quiet').waitFor()
    expect(await page.content()).not.toContain(secret)
    await open.picture('import-agents')
    expect(await open.violations()).toEqual([])
    await page.getByRole('checkbox', { name: 'I know these and approve them' }).click()
    await page.getByRole('button', { name: 'Import 2 servers' }).click()
    await page.getByText('2 servers were imported').waitFor()

    await page.getByRole('button', { name: 'Review and connect Cursor' }).click()
    const diff = page.getByRole('list', { name: 'What changes in the file of Cursor' })
    await diff.getByText('/agents/cursor/mcp').waitFor()
    expect(await diff.textContent()).not.toContain(secret)
    expect(await readFile(file, 'utf8')).toBe(text)
    await open.picture('connect-app')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: 'Write the file' }).click()
    await page.getByRole('dialog').getByText('Waiting for the first call').waitFor()
    const written = await readFile(file, 'utf8')
    expect(written).toContain('// my servers')
    expect(written).not.toContain(secret)
    const { url, headers } = cursorConfig.parse(JSON.parse(written.replace('// my servers', ''))).mcpServers.gatehouse
    const agent = await connectV2Legacy(url, headers['Authorization']?.replace('Bearer ', ''))
    expect(JSON.stringify(await agent.request('tools/list'))).toContain('notes__echo')
    await page.getByText('It works').waitFor()
    await agent.close()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('connected', { exact: true }).waitFor()

    await writeFile(file, written.replace('"gatehouse"', '"renamed"'))
    await page.reload()
    await page.getByText('its entry is gone').waitFor()
    await writeFile(file, written)
    await page.reload()
    await page.getByRole('button', { name: /^Undo/ }).click()
    await page.getByText('The file of Cursor is what it was before').waitFor()
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('reads in every theme, at every size', async () => {
    for (const [name, path, ready] of [
      ['agents', '/agents?selected=cursor', 'Addresses'],
      ['apps', '/agents?tab=apps', 'Review and connect'],
      ['keys', '/agents?tab=keys', 'from-before'],
      ['grants', '/agents?tab=grants', 'No agent has signed in'],
      ['new-key', '/agents?sheet=newKey', 'Make the key'],
    ] as const) {
      await open.goTo(path)
      await open.page.getByText(ready).first().waitFor()
      expect({ name, found: await open.violationsInThemes(name) }).toEqual({ name, found: [] })
      await open.page.setViewportSize({ width: 880, height: 560 })
      await open.picture(`${name}-880`)
      await open.page.setViewportSize({ width: 1280, height: 800 })
    }
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
