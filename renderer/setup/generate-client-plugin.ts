/** Makes the page's client anew before the page is bundled. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const repository = join(import.meta.dirname, '../..')

/** @throws Error when the generator fails, with what it said */
export function generateClient(): Plugin {
  return {
    name: 'gatehouse:generate-client',
    applyToEnvironment: ({ name }) => name === 'client',
    buildStart() {
      const tsx = join(repository, 'node_modules/tsx/dist/cli.mjs')
      const script = join(repository, 'renderer/setup/generate-client.ts')
      const made = spawnSync(process.execPath, [tsx, script], { cwd: repository, encoding: 'utf8' })
      if (made.status !== 0) throw new Error(`The page's client could not be made.\n${made.stdout}${made.stderr}`)
    },
  }
}
