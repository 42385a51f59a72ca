/** Bundles a program that uses the vault, with the vault's thread beside it: it starts in a fraction of the source's time. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const repository = join(import.meta.dirname, '../../..')

export interface VaultBundle {
  /** The bundled program. */
  readonly path: string
  remove(): void
}

export async function bundleVault(source: string): Promise<VaultBundle> {
  // Inside the repository, so that native packages resolve; git ignores the folder.
  const results = join(repository, 'test-results')
  mkdirSync(results, { recursive: true })
  const outDir = mkdtempSync(join(results, 'vault-'))
  await build({
    configFile: false,
    root: repository,
    logLevel: 'error',
    ssr: { noExternal: ['zod'] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node20',
      rolldownOptions: {
        input: { program: source, 'vault-worker': join(repository, 'gateway-core/vault-worker.ts') },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  return { path: join(outDir, 'program.js'), remove: () => rmSync(outDir, { recursive: true, force: true }) }
}
