/** Every bundle of the project (`vite build --app`) and every test project (`vitest run`); nothing else configures either. */
import { isAbsolute, join } from 'node:path'
import { defineConfig, type EnvironmentOptions } from 'vite'
import type {} from 'vitest/config'

const repository = import.meta.dirname

/** Whether an import names a package or a builtin of Node. Packages stay in node_modules: some carry native code. */
function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('\0') && !isAbsolute(id)
}

/** A bundle that Node or Electron runs. */
function nodeBundle(outDir: string, entries: Readonly<Record<string, string>>): EnvironmentOptions {
  const input = Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(repository, source)]))
  return {
    consumer: 'server',
    build: {
      outDir: join(repository, outDir),
      emptyOutDir: true,
      copyPublicDir: false,
      target: 'node20',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input,
        platform: 'node',
        external: isPackage,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  }
}

export default defineConfig({
  root: join(repository, 'renderer'),
  base: './',
  environments: {
    client: {
      build: {
        outDir: join(repository, 'dist/renderer'),
        emptyOutDir: true,
        // The page's content security policy allows no inline script, and no data: URL.
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
      },
    },
    gateway: nodeBundle('dist/gateway', {
      gatehouse: 'gateway-core/cli/gatehouse.ts',
      'vault-worker': 'gateway-core/vault-worker.ts',
    }),
    app: nodeBundle('dist/app', { main: 'app/main/main.ts', start: 'app/start/start.ts' }),
    demo: nodeBundle('dist/demo', { demo: 'e2e/demo/demo.ts' }),
  },
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          root: repository,
          include: ['{gateway-core,app,renderer,e2e/layers}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          root: repository,
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/layers/**'],
          globalSetup: [join(repository, 'e2e/setup/build-once.ts')],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file starts gateways and servers of its own; more at once only makes timings worthless.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
