/** Bundles the vault as it is shipped, with its thread's file beside it: a thread cannot be started from TypeScript here. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'

const repository = join(import.meta.dirname, '../../..')

// Inside the repository, so that native packages resolve; git ignores the folder. Two test runs never share one.
function bundleDirectory(name: string): string {
  return join(repository, 'test-results', `vault-${name}-${process.pid}`)
}

/** @returns where the bundled entry is; `removeBundle` takes it away */
export async function bundleVault(name: string, source: string): Promise<URL> {
  const outDir = bundleDirectory(name)
  await build({
    configFile: false,
    root: repository,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node20',
      rolldownOptions: {
        input: { [name]: source, 'vault-worker': join(repository, 'gateway-core/vault-worker.ts') },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  return pathToFileURL(join(outDir, `${name}.js`))
}

export function removeBundle(name: string): void {
  rmSync(bundleDirectory(name), { recursive: true, force: true })
}
