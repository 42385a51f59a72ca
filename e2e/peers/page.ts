/** The page as a person sees it: signed in, in a real Chromium at 1280×800, with a look at themes, rules and pictures. */
import { AxeBuilder } from '@axe-core/playwright'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll } from 'vitest'
import * as z from 'zod'
import { findChromium } from '../setup/find-chromium.mjs'
import type { RunningGateway } from './start-gateway.js'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const linkSchema = z.looseObject({ url: z.string() })
const pictures = join(import.meta.dirname, '../../test-results/screens')

/** Undefined where there is none: `describe.skipIf(chromiumPath === undefined)`. */
export const chromiumPath = findChromium()

export const themes = ['light', 'dark', 'contrast-light', 'contrast-dark'] as const
export type Theme = (typeof themes)[number]

type AxeResults = Awaited<ReturnType<AxeBuilder['analyze']>>

export interface OpenPage {
  readonly page: Page
  /** What the browser complained about: errors of scripts, and broken rules of the content security policy. */
  readonly complaints: readonly string[]
  /** Goes to a screen by its address: `/servers`. */
  goTo(path: string): Promise<void>
  /** Shows a theme, as choosing it or the system would. */
  setTheme(theme: Theme): Promise<void>
  /** Violations of WCAG 2.2 AA that axe finds, each with the element; empty is right. */
  violations(): Promise<readonly string[]>
  /**
   * The same in every theme, each with its theme. All rules are asked in the first; in the others those about what a
   * theme can change, its colours. Ends in the first theme. With a name, pictures in light and in dark are kept.
   */
  violationsInThemes(picture?: string): Promise<readonly string[]>
  /** Writes `test-results/screens/{name}.png`, for people to look at. */
  picture(name: string): Promise<void>
  close(): Promise<void>
}

let browser: Promise<Browser> | undefined

afterAll(async () => {
  await (await browser)?.close()
})

/** Opens the page with a sign-in link. One browser serves a test file; each page has a session of its own. */
export async function openPage(gateway: RunningGateway): Promise<OpenPage> {
  browser ??= chromium.launch({ ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }), args: flags })
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  await page.goto(linkSchema.parse((await gateway.api('POST', '/session-links')).body).url)
  return {
    page,
    complaints,
    async goTo(path) {
      await page.evaluate((hash) => {
        location.hash = hash
      }, path)
    },
    setTheme: (theme) => setTheme(page, theme),
    violations: () => violationsOf(page, allRules),
    async violationsInThemes(name) {
      const found: string[] = []
      for (const theme of themes) {
        await setTheme(page, theme)
        if (name !== undefined && !theme.startsWith('contrast')) await takePicture(page, `${name}-${theme}`)
        for (const violation of await violationsOf(page, theme === themes[0] ? allRules : colourRules))
          found.push(`${theme}: ${violation}`)
      }
      await setTheme(page, themes[0])
      return found
    },
    picture: (name) => takePicture(page, name),
    close: () => context.close(),
  }
}

interface Rules {
  readonly type: 'tag' | 'rule'
  readonly values: readonly string[]
}

const allRules: Rules = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}
const colourRules: Rules = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

interface Axe {
  run(options: { runOnly: Rules; resultTypes: readonly string[] }): Promise<AxeResults>
}

async function violationsOf(page: Page, rules: Rules): Promise<readonly string[]> {
  const { violations } = (await runAgain(page, rules)) ?? (await runFirst(page, rules))
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  )
}

/** Brings axe into the page, where it stays until the page is loaded anew. */
function runFirst(page: Page, { type, values }: Rules): Promise<AxeResults> {
  // There are no frames; the other mode opens a page of its own for each run.
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  return (type === 'tag' ? axe.withTags([...values]) : axe.withRules([...values])).analyze()
}

/** Asks the axe that is in the page, which is much quicker than bringing it anew. */
function runAgain(page: Page, rules: Rules): Promise<AxeResults | undefined> {
  return page.evaluate(
    (runOnly) => (Reflect.get(window, 'axe') as Axe | undefined)?.run({ runOnly, resultTypes: ['violations'] }),
    rules,
  )
}

async function setTheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({
    colorScheme: theme.endsWith('dark') ? 'dark' : 'light',
    contrast: theme.startsWith('contrast') ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  })
  await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' })
}

async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}
