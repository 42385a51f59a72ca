/** Starts the detectors' thread, from the bundle beside this one or, in development and tests, from the source. */
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Patterns that go wrong end the thread, and not the gateway. */
const options: WorkerOptions = {
  execArgv: [],
  resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 },
}

export function startDetectorThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./detector-worker.js', import.meta.url), options)
  const source = new URL('./detector-worker.ts', import.meta.url).href
  // Node 20 reads no TypeScript, and a thread does not take over the loader of the one that starts it.
  const start = `import('tsx/esm/api').then((tsx) => (tsx.register(), import(${JSON.stringify(source)})))`
  return new Worker(start, { ...options, eval: true })
}
