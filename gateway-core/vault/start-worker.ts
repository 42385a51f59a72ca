/** Starts the vault's thread, from the bundle beside this one or, in development and tests, from the source. */
import { Worker } from 'node:worker_threads'

export function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./vault-worker.js', import.meta.url), { execArgv: [] })
  const source = new URL('../vault-worker.ts', import.meta.url).href
  // Node 20 reads no TypeScript, and a thread does not take over the loader of the one that starts it.
  const start = `import('tsx/esm/api').then((tsx) => (tsx.register(), import(${JSON.stringify(source)})))`
  return new Worker(start, { eval: true, execArgv: [] })
}
