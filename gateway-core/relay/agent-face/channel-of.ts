/** The agent's channel over Node's HTTP response, with a tap on what is written. */
import type { ServerResponse } from 'node:http'
import { StopController, type StopSignal } from '../../stop-signal.js'
import type { AgentChannel } from './agent-channel.js'

const maxShortBytes = 4096

export interface ChannelTap {
  /** The answer begins. Returns the headers as they are to be sent. */
  head(status: number, headers: Readonly<Record<string, string>>): Readonly<Record<string, string | string[]>>
  /** A piece of the answer, as it is handed to the socket. */
  data(bytes: Buffer): void
}

export function channelOf(response: ServerResponse, tap: ChannelTap): AgentChannel {
  return new ResponseChannel(response, tap)
}

class ResponseChannel implements AgentChannel {
  readonly #response: ServerResponse
  readonly #tap: ChannelTap
  readonly #left = new StopController()
  #head: { status: number; headers: Readonly<Record<string, string | string[]>> } | undefined

  constructor(response: ServerResponse, tap: ChannelTap) {
    this.#response = response
    this.#tap = tap
    response.once('close', () => this.#closed())
    if (response.closed || response.destroyed) this.#closed()
  }

  get signal(): StopSignal {
    return this.#left
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#head = { status, headers: this.#tap.head(status, headers) }
  }

  write(text: string): boolean {
    this.#sendHead()
    if (text === '') {
      if (!this.#response.destroyed) this.#response.flushHeaders()
      return true
    }
    const bytes = Buffer.from(text)
    this.#tap.data(bytes)
    return this.#response.destroyed || this.#response.write(bytes)
  }

  end(text?: string): void {
    const bytes = text === undefined ? undefined : Buffer.from(text)
    // What is whole goes out with its length, in one piece.
    this.#sendHead(bytes?.length)
    if (bytes !== undefined) this.#tap.data(bytes)
    // Node puts a string into one piece with the head, which costs less than two; of a long one, encoding it twice costs more.
    if (!this.#response.destroyed)
      this.#response.end(bytes !== undefined && bytes.length <= maxShortBytes ? text : bytes)
  }

  ready(): Promise<void> {
    const response = this.#response
    if (response.destroyed || !response.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const settle = (): void => {
        response.off('drain', settle).off('close', settle)
        resolve()
      }
      response.once('drain', settle).once('close', settle)
    })
  }

  #sendHead(length?: number): void {
    const head = this.#head
    this.#head = undefined
    if (head === undefined || this.#response.destroyed) return
    const { status, headers } = head
    this.#response.writeHead(status, length === undefined ? headers : { ...headers, 'content-length': String(length) })
  }

  #closed(): void {
    if (!this.#response.writableFinished) this.#left.abort()
  }
}
