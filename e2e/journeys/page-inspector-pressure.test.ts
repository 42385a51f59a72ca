/** The open inspector while very much comes, and while what comes is hostile. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hostileStrings } from '../peers/hostile-strings.js'
import { callLegacy, callModern } from '../peers/mcp-request.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const requestsPerSecond = 200
const loadMs = 5_000
const tickMs = 50
const maxLongTaskMs = 100

const traceSchema = z.object({
  traceEvents: z.array(
    z.looseObject({
      name: z.string().optional(),
      pid: z.number().optional(),
      tid: z.number().optional(),
      tdur: z.number().optional(),
      args: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
})

/**
 * What each task of the page's main thread took, in milliseconds of that thread's own time: what other programs of a busy
 * machine take is not the page's. @returns ends the trace
 */
async function traceTasks(page: Page): Promise<() => Promise<readonly number[]>> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page has no browser')
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] })
  return async () => {
    const { traceEvents } = traceSchema.parse(JSON.parse((await browser.stopTracing()).toString('utf8')))
    const place = ({ pid, tid }: { readonly pid?: number | undefined; readonly tid?: number | undefined }) =>
      `${pid} ${tid}`
    const mains = new Set(
      traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(place),
    )
    return traceEvents
      .filter((event) => event.name?.endsWith('RunTask') === true && mains.has(place(event)))
      .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]))
  }
}

describe.skipIf(chromiumPath === undefined)('the inspector under pressure', () => {
  let gateway: RunningGateway
  let server: RecordingServer
  let open: OpenPage
  let key: string
  const hosts = new Set<string>()

  beforeAll(async () => {
    server = await startRecordingServer()
    gateway = await startGateway()
    key = (await gateway.addKey({ name: 'ada' })).key
    await gateway.putServer('busy', { url: server.url })
    open = await openPage(gateway)
    open.page.on('request', (request) => hosts.add(new URL(request.url()).host))
  })
  afterAll(async () => {
    await open?.close()
    await server?.close()
    await gateway?.stop()
  })

  /** As many calls as a second has, spread over it, whatever the answers take. */
  async function load(): Promise<number> {
    const answers: Promise<{ readonly status: number }>[] = []
    const begunMs = performance.now()
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const elapsedMs = Math.min(performance.now() - begunMs, loadMs)
        const due = Math.floor((elapsedMs / 1000) * requestsPerSecond)
        while (answers.length < due)
          answers.push(
            callModern(`${gateway.dataUrl}/mcp/busy`, {
              key,
              params: { name: `tool_${answers.length}`, arguments: {} },
            }),
          )
        if (elapsedMs < loadMs) return
        clearInterval(timer)
        resolve()
      }, tickMs)
    })
    return (await Promise.all(answers)).filter(({ status }) => status === 200).length
  }

  it('follows 200 calls a second: the choice stays, the focus stays, nothing stutters', async () => {
    const { page } = open
    for (let n = 0; n < 60; n++)
      await callModern(`${gateway.dataUrl}/mcp/busy`, { key, params: { name: `before_${n}`, arguments: {} } })
    await open.goTo('/inspector')
    await page.getByRole('row', { name: /before_59/ }).waitFor()
    await page.getByRole('row', { name: /before_50/ }).click()
    await page.getByRole('heading', { name: 'before_50' }).waitFor()
    const chosen = page.getByRole('row', { selected: true })
    const placeOf = async () => ({ id: await chosen.getAttribute('data-id'), box: await chosen.boundingBox() })
    const before = await placeOf()
    const address = page.url()
    await page.keyboard.press('/')
    const stopTrace = await traceTasks(page)
    const [answered] = await Promise.all([load(), page.keyboard.type('tool:before_50', { delay: 150 })])
    expect(answered).toBe((requestsPerSecond * loadMs) / 1000)
    // 60 rows were there; a row is told once, so that all have come when the last number is shown.
    await page.getByRole('button', { name: '1,000 new' }).waitFor()
    const tasks = await stopTrace()
    expect(tasks.length).toBeGreaterThan(100)
    expect(tasks.filter((durationMs) => durationMs > maxLongTaskMs)).toEqual([])
    expect(await placeOf()).toEqual(before)
    expect(page.url()).toBe(address)
    const field = page.getByRole('combobox', { name: 'Filter calls' })
    expect(await field.inputValue()).toBe('tool:before_50')
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
    await open.picture('inspector-load')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '1,000 new' }).click()
    // The last of them, whichever ended last: 1,060 rows below the head.
    await page.locator('[aria-rowindex="1061"]').waitFor()
  })

  it('shows hostile text as text, wherever it comes from', async () => {
    const { page } = open
    server.answerWith(({ json, header }, response) => {
      const name = String(at(json, 'params.name'))
      const id = at(json, 'id')
      const headers = { 'x-hostile': header('x-hostile') ?? '' }
      if (at(json, 'method') === 'tools/list')
        answerJson(response, 200, {
          jsonrpc: '2.0',
          id,
          result: {
            tools: hostileStrings.slice(0, 150).map((text) => ({
              name: text.slice(0, 60),
              description: text.slice(0, 300),
              inputSchema: { type: 'object' },
            })),
          },
        })
      else if (Number(id) % 3 === 0)
        answerJson(
          response,
          200,
          { jsonrpc: '2.0', id, error: { code: -32000, message: name, data: { [name.slice(0, 50)]: name } } },
          headers,
        )
      else if (Number(id) % 3 === 1) answerJson(response, 500, { error: name }, headers)
      else
        response
          .writeHead(200, { 'content-type': 'text/event-stream', ...headers })
          .end(
            `id: ${String(id)}\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: name }] } })}\n\n`,
          )
    })
    await open.goTo('/inspector?q=')
    const url = `${gateway.dataUrl}/mcp/busy`
    for (const [id, text] of hostileStrings.entries())
      await callLegacy(url, {
        key,
        id,
        params: { name: text, arguments: { [text.slice(0, 100)]: text } },
        // What may stand in a header at all (RFC 9110 §5.5), and not too much of it.
        headers: {
          'x-hostile': text
            .replaceAll(/[^\x20-\x7E]/g, '')
            .trim()
            .slice(0, 2_000),
        },
      })
    await callLegacy(url, { key, id: 9_999, method: 'tools/list', params: {} })
    await page.getByRole('row', { name: /tools\/list/ }).waitFor()
    await open.picture('inspector-hostile-list')
    await page.getByRole('row', { name: /tools\/list/ }).click()
    await page.getByRole('grid').focus()
    for (let step = 0; step < 24; step++) {
      await page.keyboard.press(`Alt+${(step % 7) + 1}`)
      await page.getByRole('tabpanel').waitFor()
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        `step ${step}`,
      ).toBeLessThanOrEqual(0)
      const panel = await page.getByRole('tabpanel').evaluate((element) => element.scrollWidth - element.clientWidth)
      expect(panel, `pane at step ${step}`).toBeLessThanOrEqual(0)
      await page.getByRole('grid').focus()
      for (let times = 0; times < 11; times++) await page.keyboard.press('k')
    }
    await open.picture('inspector-hostile-pane')
    await page.setViewportSize({ width: 880, height: 560 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    await open.picture('inspector-hostile-880')
    await open.goTo('/')
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    expect(await page.evaluate(() => '__hostile' in globalThis)).toBe(false)
    expect([...hosts]).toEqual([new URL(gateway.controlUrl).host])
    expect(open.complaints).toEqual([])
  })
})
