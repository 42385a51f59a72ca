/** Starts the vault's thread, from the bundle beside this one or, in development and tests, from the source. */
import { Worker } from 'node:worker_threads'

export function startWorker(): Worker {
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('../vault-worker.ts', import.meta.url), { execArgv: ['--import', 'tsx'] })
    : new Worker(new URL('./vault-worker.js', import.meta.url), { execArgv: [] })
}
