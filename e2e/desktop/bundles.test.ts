/** The built preload and page: nothing of Node in them, and no secret. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bridgeNames } from '../../app/bridge/bridge-names.js'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const scriptsIn = (folder: string): readonly (readonly [string, string])[] =>
  readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.c?js$/.test(entry.name))
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')] as const)

/** What a script loads: by `require`, `import … from`, or `import()`. */
function loadedBy(script: string): readonly string[] {
  const pattern = /(?:\brequire\(\s*|\bfrom\s*|\bimport\s*\(?\s*)(["'`])([^"'`\n]{1,200})\1/g
  return [...script.matchAll(pattern)].map(([, , name = '']) => name)
}
const isBuiltin = (name: string): boolean => name.startsWith('node:') || builtinModules.includes(name)
/** Forms that keys and tokens have. */
const secrets = [
  /gh_sk_[A-Za-z0-9]{8}/,
  /hf_sk_[A-Za-z0-9]{8}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\bghp_[A-Za-z0-9]{20}/,
]

describe('the built preload', () => {
  const scripts = scriptsIn('preload')

  it('is one file that loads electron and nothing else', () => {
    expect(scripts.map(([name]) => name)).toEqual(['preload.cjs'])
    for (const [, script] of scripts) expect(loadedBy(script)).toEqual(['electron'])
  })

  it('asks for what the app handles, by name, and hands over no way to ask for anything else', () => {
    const [[, script] = ['', '']] = scripts
    for (const name of bridgeNames) expect(script).toContain(`call("${name}"`)
    expect(script.match(/ipcRenderer\.invoke\(/g)).toHaveLength(1)
    expect(script).not.toMatch(/exposeInMainWorld\([^)]*(?:ipcRenderer|electron)/)
  })
})

describe.each(['preload', 'renderer'])('the built %s', (folder) => {
  it('holds no builtin of Node, and no secret', () => {
    const scripts = scriptsIn(folder)
    expect(scripts.length).toBeGreaterThan(0)
    for (const [name, script] of scripts) {
      expect([name, loadedBy(script).filter(isBuiltin)]).toEqual([name, []])
      expect([name, secrets.filter((secret) => secret.test(script))]).toEqual([name, []])
    }
  })
})

it('a builtin would be found in whatever way it is loaded', () => {
  const script = `const a=require("fs");import b from"node:net";import'os';await import("child_process")`
  expect(loadedBy(script).filter(isBuiltin)).toEqual(['fs', 'node:net', 'os', 'child_process'])
})
