/** What servers asked one agent of the older era, until it answers. Ids are the gateway's own. */
import type { Answer, JsonRpcResponse, Params, RequestId } from '../../contract/json-rpc.js'
import type { StopSignal } from '../../stop-signal.js'
import type { AnswerStream } from './answer-stream.js'

const maxPendingAsks = 1000

/** An answer in place of one that the agent did not give. -32001 is what SDKs say for a request that timed out. */
export function noAnswer(message: string, code = -32001): Answer {
  return { error: { code, message } }
}

export class PendingAsks {
  readonly #settleById = new Map<RequestId, (answer: Answer) => void>()
  #lastId = 0

  /** @returns the agent's answer, or an error in its place; never rejects */
  ask(
    stream: AnswerStream,
    method: string,
    params: Params | undefined,
    signal: StopSignal,
    timeoutMs: number,
  ): Promise<Answer> {
    if (signal.aborted) return Promise.resolve(noAnswer('The server withdrew its request.'))
    if (this.#settleById.size >= maxPendingAsks) return Promise.resolve(noAnswer('The agent has too much to answer.'))
    const id = ++this.#lastId
    const asked = stream.ask({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })
    if (!asked) return Promise.resolve(noAnswer('The agent cannot be asked: it has left, or takes no event stream.'))
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', withdraw)
        this.#settleById.delete(id)
        resolve(answer)
      }
      const giveUp = (reason: string): void => {
        stream.notify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } })
        settle(noAnswer(reason))
      }
      const withdraw = (): void => giveUp('The server withdrew its request.')
      const timer = setTimeout(() => giveUp('The agent did not answer in time.'), timeoutMs)
      signal.addEventListener('abort', withdraw, { once: true })
      this.#settleById.set(id, settle)
    })
  }

  /** Takes an agent's response. One that nothing waits for is dropped. */
  settle(response: JsonRpcResponse): void {
    this.#settleById.get(response.id)?.('error' in response ? { error: response.error } : { result: response.result })
  }

  /** Answers everything that is still open with an error. */
  end(): void {
    for (const settle of this.#settleById.values()) settle(noAnswer('The agent ended its session.'))
  }
}
