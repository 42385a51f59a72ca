/** A vault's thread that is running, and the requests that it has not answered yet. */
import type { Worker } from 'node:worker_threads'
import { GatewayError } from '../contract/errors.js'
import { fromThreadError, type ThreadMethod, type ThreadResponse } from './thread-messages.js'
import type { VaultThread } from './vault-thread.js'

interface Pending {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
  readonly settled: Promise<unknown>
}

export class RunningThread {
  private readonly pending = new Map<number, Pending>()
  private nextId = 1

  /** @param onDeath called when the thread has ended, asked to or not */
  constructor(
    private readonly worker: Worker,
    onDeath: () => void,
  ) {
    this.worker.on('message', (response: ThreadResponse) => this.settle(response))
    this.worker.once('error', (cause) => this.failAll(cause))
    this.worker.once('exit', () => {
      this.failAll(undefined)
      onDeath()
    })
    this.worker.unref()
  }

  call<Method extends ThreadMethod>(
    method: Method,
    ...args: Parameters<VaultThread[Method]>
  ): Promise<Awaited<ReturnType<VaultThread[Method]>>> {
    return this.transfer([], method, ...args)
  }

  /** As `call`, with memory that belongs to the thread from then on. */
  transfer<Method extends ThreadMethod>(
    memory: readonly ArrayBuffer[],
    method: Method,
    ...args: Parameters<VaultThread[Method]>
  ): Promise<Awaited<ReturnType<VaultThread[Method]>>> {
    const id = this.nextId++
    const result = new Promise<Awaited<ReturnType<VaultThread[Method]>>>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, settled: Promise.resolve().then(() => result.catch(() => undefined)) })
    })
    // A request in flight keeps the process alive; an idle vault does not.
    if (this.pending.size === 1) this.worker.ref()
    this.worker.postMessage({ id, method, args }, memory)
    return result
  }

  /** Lets the requests in flight finish, has the keys dropped, and ends the thread, whatever fails on the way. */
  async end(): Promise<void> {
    try {
      await Promise.all([...this.pending.values()].map(({ settled }) => settled))
      await this.call('close')
    } finally {
      await this.worker.terminate()
    }
  }

  private settle(response: ThreadResponse): void {
    const pending = this.pending.get(response.id)
    if (pending === undefined) return
    this.pending.delete(response.id)
    if (this.pending.size === 0) this.worker.unref()
    if ('error' in response) pending.reject(fromThreadError(response.error))
    else pending.resolve(response.result as never)
  }

  private failAll(cause: unknown): void {
    const error = new GatewayError('vault_locked', {
      detail: 'The vault’s thread ended.',
      fix: 'Unlock the vault again.',
      cause,
    })
    for (const { reject } of this.pending.values()) reject(error)
    this.pending.clear()
  }
}
