/** The detectors' thread: one text after the other. */
import { parentPort } from 'node:worker_threads'
import { scan, type Scanned } from './scan.js'
import type { ScanAnswer, ScanRequest } from './thread-messages.js'

if (parentPort === null) throw new Error('the detectors’ thread is started by the gateway')
const port = parentPort
const say = (answer: ScanAnswer): void => port.postMessage(answer)
let turn: Promise<void> = Promise.resolve()

port.on('message', ({ id, text, budgetMs }: ScanRequest) => {
  turn = turn
    .then(() => scan(text, budgetMs))
    .catch((): Scanned => ({ found: [], overruns: ['error'] }))
    .then((scanned) => say({ id, scanned }))
})
// secretlint marks the beginning and the end of every rule, and keeps and searches all marks there ever were: after some
// thousand texts each takes milliseconds. Nobody reads them here.
Object.defineProperty(performance, 'mark', { value: () => undefined })
// Loads what is loaded with the first text.
await scan('ready', Number.POSITIVE_INFINITY)
say('ready')
