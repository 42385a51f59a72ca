/** What a browser must fetch before the first screen is there, and what must not be in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../dist/renderer')
const maxInitialBytes = 250_000

/** Script files that the page names, and all that those import before they run. */
function initialScripts(): ReadonlySet<string> {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const found = new Set([...html.matchAll(/(?:src|href)="\.\/([\w./-]+\.js)"/g)].map(([, file = '']) => file))
  for (const file of found) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
      found.add(`assets/${name}`)
  }
  return found
}

it('is less than 250 kB of script, compressed', () => {
  const scripts = [...initialScripts()]
  expect(scripts.length).toBeGreaterThan(1)
  const sizes = scripts.map((file) => gzipSync(readFileSync(join(folder, file))).byteLength)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(maxInitialBytes)
})

it('leaves the editor for when it is needed', () => {
  const initial = [...initialScripts()].map((file) => readFileSync(join(folder, file), 'utf8')).join()
  expect(initial).not.toContain('cm-content')
})

it('holds no builtin of Node, and nothing from another place', () => {
  const files = readdirSync(join(folder, 'assets'))
  const text = files
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => readFileSync(join(folder, 'assets', name), 'utf8'))
  expect(text.join()).not.toMatch(/from\s*["'](?:node:|electron)|require\(["']node:/)
  expect(text.join()).not.toMatch(/@import|url\(["']?https?:/)
})
