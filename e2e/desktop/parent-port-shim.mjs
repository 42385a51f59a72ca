/** `process.parentPort`, as a utility process of Electron has it, on the IPC channel of a child process of Node. */
import { EventEmitter } from 'node:events'

const port = new EventEmitter()
/** @type {unknown[]} */
const early = []
let isHeard = false

process.on('message', (data) => {
  if (isHeard) port.emit('message', { data })
  else early.push(data)
})
// Messages wait until somebody listens.
port.on('newListener', (event) => {
  if (event !== 'message' || isHeard) return
  isHeard = true
  queueMicrotask(() => {
    for (const data of early.splice(0)) port.emit('message', { data })
  })
})

Object.defineProperty(process, 'parentPort', {
  value: Object.assign(port, { postMessage: (/** @type {unknown} */ message) => process.send?.(message) }),
})
