/** Every bundle of the project (`vite build --app`) and every test project (`vitest run`); nothing else configures either. */
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { defineConfig, type EnvironmentOptions } from 'vite'
import type {} from 'vitest/config'
import { undiciClient } from './gateway-core/setup/undici-client-plugin.js'
import { generateClient } from './renderer/setup/generate-client-plugin.js'

const repository = import.meta.dirname

/** Packages that carry native code, or that look for files beside them. */
const unbundled = [
  'better-sqlite3',
  '@cedar-policy/cedar-wasm',
  '@node-rs/argon2',
  '@napi-rs/keyring',
  'electron',
  'electron-updater',
  'pino',
]

/**
 * Whether an import stays as it is: builtins of Node and the packages above. The others become part of the bundle, as
 * finding and compiling their hundreds of files is most of what a start takes.
 */
function isExternal(id: string): boolean {
  return isBuiltin(id) || unbundled.some((name) => id === name || id.startsWith(`${name}/`))
}

/** The preload: one CommonJS file, as a sandboxed one can be nothing else, with Electron's own module and none of Node's. */
const preloadBundle: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true, external: ['electron'] },
  build: {
    outDir: join(repository, 'dist/preload'),
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'es2023',
    sourcemap: false,
    rolldownOptions: {
      input: { preload: join(repository, 'app/preload/preload.ts') },
      platform: 'browser',
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
    },
  },
}

/** A bundle that Node or Electron runs. */
function nodeBundle(outDir: string, entries: Readonly<Record<string, string>>): EnvironmentOptions {
  const input = Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(repository, source)]))
  return {
    consumer: 'server',
    resolve: { noExternal: true, external: unbundled },
    build: {
      outDir: join(repository, outDir),
      emptyOutDir: true,
      copyPublicDir: false,
      target: 'node20',
      sourcemap: true,
      rolldownOptions: {
        input,
        platform: 'node',
        external: isExternal,
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          // V8 keeps a text of two bytes per character where one of them does not fit into one.
          charset: 'ascii',
          // The text of a program stays in memory while it runs. Names are kept, for stack traces, and as oidc-provider
          // goes by the names of its classes.
          minify: {
            compress: { keepNames: { function: true, class: true } },
            mangle: false,
            codegen: { removeWhitespace: true },
          },
        },
      },
    },
  }
}

export default defineConfig({
  root: join(repository, 'renderer'),
  base: './',
  plugins: [generateClient(), undiciClient(), react(), tailwind()],
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
      'detector-worker': 'gateway-core/shield/detectors/detector-worker.ts',
    }),
    app: nodeBundle('dist/app', { main: 'app/main/main.ts', start: 'app/start/start.ts' }),
    preload: preloadBundle,
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
          maxWorkers: 2,
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
