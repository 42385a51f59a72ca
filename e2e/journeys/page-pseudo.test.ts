/**
 * The page in a language that nobody speaks, two fifths longer and with accents: every word comes from the catalogue, and
 * nothing is cut off. Then with the system's own colours, as forced-colors has it, and how soon the first screen is there.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const screens = [
  '/',
  '/servers?selected=notes',
  '/servers/notes/overview',
  '/servers/notes/authentication',
  '/servers/notes/advanced',
  '/setup',
  '/inspector',
  '/agents',
  '/vault?tab=secrets&selected=A_SECRET',
  '/shield?tab=settings',
  '/profiles?selected=local',
  '/settings?section=security',
  '/settings?section=network',
] as const

describe.skipIf(chromiumPath === undefined)('the page', () => {
  let gateway: RunningGateway
  let open: OpenPage

  beforeAll(async () => {
    gateway = await startGateway()
    await gateway.putSecret('A_SECRET', 'a value')
    await gateway.putServer('notes', {
      url: 'http://127.0.0.1:9/mcp',
      app_auth: { type: 'bearer', token: { secret: 'A_SECRET' } },
      outbound_headers: [{ type: 'custom', header: 'x-team', value: 'platform' }],
    })
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await gateway?.stop()
  })

  it('shows its first screen within a second, once the server is up', async () => {
    const { page } = open
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      await page.reload()
      await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
      times.push(
        await page.evaluate(() => Math.max(...performance.getEntriesByType('paint').map(({ startTime }) => startTime))),
      )
    }
    // The quickest, as the others tell of what else runs on the machine.
    expect(Math.min(...times)).toBeLessThan(1000)
  })

  it('says nothing that is not in the catalogue, and has room for longer words', async () => {
    const { page } = open
    await page.evaluate(() => localStorage.setItem('gatehouse.locale', 'pseudo'))
    await page.reload()
    for (const path of screens) {
      await open.goTo(path)
      await page.locator('h1').waitFor()
      await page.getByRole('status').filter({ hasText: 'Lóádíñg' }).waitFor({ state: 'detached' })
      await open.picture(`pseudo${path.replaceAll(/[^a-z]+/g, '-')}`)
      expect({ path, loose: await looseTexts(page) }).toEqual({ path, loose: [] })
      expect({ path, cut: await cutOff(page) }).toEqual({ path, cut: [] })
    }
    await page.evaluate(() => localStorage.removeItem('gatehouse.locale'))
    await page.reload()
  })

  it('reads in the colours that a system forces', async () => {
    const { page } = open
    await page.emulateMedia({ forcedColors: 'active' })
    for (const path of screens) {
      await open.goTo(path)
      await page.locator('h1').waitFor()
      await open.picture(`forced${path.replaceAll(/[^a-z]+/g, '-')}`)
      expect({ path, faint: await borderless(page) }).toEqual({ path, faint: [] })
    }
    await page.emulateMedia({ forcedColors: 'none' })
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})

/** Words on screen, or read out, that the catalogue did not make: neither in brackets nor what people and protocols named. */
async function looseTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const named =
      /^(notes|local|Gatehouse|A_SECRET|GET|POST|Streamable HTTP|HTTP \+ SSE|127\.0\.0\.1|localhost|platform|Ctrl|Alt|Shift|https?:\/\/\S+|[A-Z][a-z]{2} \d+, \d{4}, [\d:]+)$/
    const isLoose = (text: string): boolean => /[A-Za-z]{3}/.test(text) && !text.includes('[') && !named.test(text)
    const found = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode() !== null) {
      const { parentElement: parent, textContent } = walker.currentNode
      const text = (textContent ?? '').trim()
      if (parent === null || parent.closest('code, pre, kbd, script, .font-mono, .cm-editor, time, bdi') !== null)
        continue
      // Parts of a sentence, as React writes them, stand beside the rest of it.
      if (isLoose(text) && isLoose((parent.textContent ?? '').trim())) found.add(text)
    }
    for (const element of Array.from(document.querySelectorAll('[aria-label]'))) {
      const label = element.getAttribute('aria-label') ?? ''
      if (isLoose(label)) found.add(`aria-label: ${label}`)
    }
    return [...found]
  })
}

/** Buttons, tabs and headings whose words do not fit, and parts that would have to be scrolled sideways. */
async function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const label = (element: Element): string => `${element.tagName} ${element.textContent.slice(0, 60)}`
    const words = Array.from(document.querySelectorAll('button, [role=tab], h1, h2, h3, label'))
      .filter((element) => element.textContent !== '' && element.clientWidth > 1)
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .filter((element) => getComputedStyle(element).overflowX !== 'visible' || element.tagName === 'BUTTON')
      .filter((element) => element.querySelector('.truncate') === null && !element.classList.contains('truncate'))
      .map(label)
    const sideways = Array.from(document.querySelectorAll('*'))
      .filter((element) => element.scrollWidth > element.clientWidth && element.tagName !== 'PRE')
      .filter(
        (element) => element === document.documentElement || /auto|scroll/.test(getComputedStyle(element).overflowX),
      )
      .map(label)
    return [...words, ...sideways]
  })
}

/** Buttons and fields that only a colour set apart, which is gone where the system has the colours. */
async function borderless(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll('input:not([type=file]), [role=switch], [role=radio], [role=checkbox]'))
      .filter((element) => element.getClientRects().length > 0 && !element.hasAttribute('aria-hidden'))
      .filter((element) => {
        const framed = element.closest('[class*=border]') ?? element
        return getComputedStyle(framed).borderTopStyle === 'none'
      })
      .map((element) => `${element.tagName} ${element.getAttribute('aria-label') ?? element.className}`),
  )
}
