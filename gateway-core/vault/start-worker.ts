/** Starts the vault's thread, from the bundle beside this one or, in development and tests, from the source. */
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** What the thread makes is short-lived and small; it need not keep as much memory for it as the main thread. */
const options: WorkerOptions = { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } }

/** Starts the thread. It opens nothing until it is told to, and does not keep the process alive. */
export function startWorker(): Worker {
  const worker = newWorker()
  worker.unref()
  return worker
}

function newWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./vault-worker.js', import.meta.url), options)
  const source = new URL('../vault-worker.ts', import.meta.url).href
  // Node 20 reads no TypeScript, and a thread does not take over the loader of the one that starts it.
  const start = `import('tsx/esm/api').then((tsx) => (tsx.register(), import(${JSON.stringify(source)})))`
  return new Worker(start, { ...options, eval: true })
}
