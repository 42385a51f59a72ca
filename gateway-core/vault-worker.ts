/** The vault's thread, and the composition root of what runs in it: the vault, and the masking of exchanges. */
import { parentPort } from 'node:worker_threads'
import { createMasker } from './inspector/mask-batch.js'
import { readBatch, readFacets } from './inspector/read-batch.js'
import { toThreadError, type ThreadRequest, type ThreadResponse } from './vault/thread-messages.js'
import { VaultThread } from './vault/vault-thread.js'

if (parentPort === null) throw new Error('the vault’s thread is started by the gateway')
const port = parentPort
const thread = new VaultThread({ createMasker, readBatch, readFacets })

port.on('message', (request: ThreadRequest) => {
  void answer(request).then((response) => port.postMessage(response))
})

async function answer({ id, method, args }: ThreadRequest): Promise<ThreadResponse> {
  try {
    // The sender types its arguments by the same interface.
    const call: (...values: never[]) => unknown = thread[method]
    return { id, result: await Reflect.apply(call, thread, args) }
  } catch (error) {
    return { id, error: toThreadError(error) }
  }
}
