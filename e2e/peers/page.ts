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
    async setTheme(theme) {
      const dark = theme.endsWith('dark')
      await page.emulateMedia({
        colorScheme: dark ? 'dark' : 'light',
        contrast: theme.startsWith('contrast') ? 'more' : 'no-preference',
        reducedMotion: 'reduce',
      })
      await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' })
    },
    async violations() {
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze()
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
      )
    },
    async picture(name) {
      await mkdir(pictures, { recursive: true })
      await page.screenshot({ path: join(pictures, `${name}.png`) })
    },
    close: () => context.close(),
  }
}
