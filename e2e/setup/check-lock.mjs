/**
 * Checks that package-lock.json holds every optional dependency that its packages name, for all platforms. One that the
 * registry lacked when the lock was written is left out of it without a word, and `npm ci` then fails elsewhere.
 */
import { readFileSync } from 'node:fs'

/** @type {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} */
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))

const present = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').pop()))
const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !present.has(name))
    .map((name) => `${name}, wanted by ${path}`),
)

if (missing.length > 0) {
  console.error(
    `package-lock.json lacks optional dependencies:\n${missing.join('\n')}\nPin versions whose platform packages exist.`,
  )
  process.exitCode = 1
}
