/** Loaded into a gateway before it starts: each SIGUSR2 sets its wall clock an hour ahead, and it says so. */
import { isMainThread } from 'node:worker_threads'

const hourMs = 3_600_000

if (isMainThread) {
  const realNowMs = Date.now
  let aheadMs = 0
  Date.now = () => realNowMs() + aheadMs
  process.on('SIGUSR2', () => {
    aheadMs += hourMs
    process.stderr.write(`the clock is ${aheadMs / hourMs} h ahead\n`)
  })
}
