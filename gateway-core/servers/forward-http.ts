/**
 * Sends one planned request to a Streamable HTTP server and passes its answer to the agent as it comes: bytes stream
 * through, nothing is buffered or parsed. No redirect is followed.
 */
import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { requestFailure } from './http-failure.js'

export interface ForwardedRequest {
  readonly dispatcher: Dispatcher
  readonly origin: string
  /** Path and query. May hold a credential. */
  readonly path: string
  readonly httpMethod: 'GET' | 'POST' | 'DELETE'
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer | undefined
  /** Longest silence to bear, milliseconds; 0 bears any once the headers have come. */
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  /**
   * Asked when the agent leaves, whether that ends the outbound request: it does in the stateless era (it means
   * cancellation) and for GET streams; before, leaving is no cancellation and the answer is read to its end.
   */
  readonly abortOnDisconnect: () => boolean
  /** How long an answer is still read that nobody waits for. */
  readonly drainMs: number
}

export interface ResponseHead {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What goes on of an answer, in order. One call at a time. */
export interface AnswerGate {
  /** Whether nothing goes on before the end. What is thrown until then is answered instead. */
  readonly whole: boolean
  push(bytes: Buffer): Promise<Buffer>
  end(): Promise<Buffer>
}

export interface ForwardObserver {
  /** The request sits on a connected socket. */
  connected(): void
  /** Whether the answer has to be read, up to 64 KiB, before the agent may get it. */
  holds(head: ResponseHead): boolean
  /**
   * What `holds` asked for, whole. Where nothing is thrown it is passed on like any other.
   * @throws to end the request with that instead
   */
  held(head: ResponseHead, body: string): void
  /** Looks at the answer as it passes, and may change it; undefined lets the bytes stream through. */
  gate(head: ResponseHead): AnswerGate | undefined
  /**
   * The server's answer begins. Returns the headers for the agent.
   * @throws GatewayError to answer with that instead
   */
  head(head: ResponseHead): Record<string, string | string[]>
  /** A piece of the answer. The bytes are the HTTP client's and valid during the call only. */
  data(bytes: Buffer): void
}

/**
 * Resolves when the answer has been passed on to its end.
 *
 * @throws GatewayError `server_unreachable`, `server_timeout`, or what `observer.head` threw: nothing was written yet
 * @throws BrokenAnswer when the answer broke off after it had begun; the agent's connection is then broken as well
 */
export function forwardHttp(
  request: ForwardedRequest,
  response: ServerResponse,
  observer: ForwardObserver,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const forwarding = new Forwarding(request, response, observer, resolve, reject)
    request.dispatcher.dispatch(
      {
        origin: request.origin,
        path: request.path,
        method: request.httpMethod,
        headers: request.headers as string[],
        body: request.body ?? null,
        headersTimeout: request.headersTimeoutMs,
        bodyTimeout: request.bodyTimeoutMs,
      },
      forwarding,
    )
  })
}

/** An answer that ended before it was whole, for a reason on the server's side or because the agent left. */
export class BrokenAnswer extends Error {
  constructor(
    readonly agentLeft: boolean,
    cause: unknown,
  ) {
    super(agentLeft ? 'the agent left' : 'the server broke the answer off', { cause })
    this.name = 'BrokenAnswer'
  }
}

const maxHeldBytes = 64 * 1024

const agentLeft = Symbol('the agent left')

class Forwarding implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined
  private begun = false
  private remainingBytes = -1
  private agentGone = false
  private drainTimer: NodeJS.Timeout | undefined
  private gate: AnswerGate | undefined
  private gatedHead: ResponseHead | undefined
  private gating: Promise<void> = Promise.resolve()
  private held: { readonly head: ResponseHead; readonly chunks: Buffer[]; bytes: number } | undefined

  constructor(
    private readonly request: ForwardedRequest,
    private readonly response: ServerResponse,
    private readonly observer: ForwardObserver,
    private readonly resolve: () => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    response.once('close', this.onAgentClose)
    if (response.closed) this.onAgentClose()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.agentGone && this.request.abortOnDisconnect()) controller.abort(new BrokenAnswer(true, agentLeft))
    else this.observer.connected()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    const head = { status, headers }
    if (this.observer.holds(head)) {
      this.held = { head, chunks: [], bytes: 0 }
      return
    }
    try {
      this.gate = this.observer.gate(head)
      if (this.gate?.whole === true) this.gatedHead = head
      else this.begin(head)
    } catch (error) {
      controller.abort(error instanceof Error ? error : new Error('the answer was refused'))
    }
  }

  /** @throws what `observer.head` throws */
  private begin(head: ResponseHead): void {
    const { status } = head
    const answer = this.observer.head(head)
    this.begun = true
    if (this.agentGone) return
    if (this.gate !== undefined) delete answer['content-length']
    const length = answer['content-length']
    if (typeof length === 'string') this.remainingBytes = Number(length)
    this.response.writeHead(status, answer)
    if (isEventStream(answer['content-type'])) this.response.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { held } = this
    if (held !== undefined) {
      // The bytes are the parser's, and valid during the call only.
      held.chunks.push(Buffer.from(chunk))
      held.bytes += chunk.length
      if (held.bytes > maxHeldBytes) controller.abort(new Error('the refusal is too large to be read'))
      return
    }
    if (this.gate !== undefined) {
      this.throughGate(controller, this.gate, Buffer.from(chunk))
      return
    }
    this.observer.data(chunk)
    if (this.agentGone) return
    this.remainingBytes -= chunk.length
    // The last piece and the end in one write where the length is known.
    if (this.remainingBytes === 0) {
      this.response.end(chunk)
      return
    }
    if (!this.response.write(chunk)) {
      controller.pause()
      this.response.once('drain', () => controller.resume())
    }
  }

  /** The server waits while a piece is looked at. */
  private throughGate(controller: Dispatcher.DispatchController, gate: AnswerGate, chunk: Buffer): void {
    controller.pause()
    this.gating = this.gating.then(async () => {
      this.passOn(await gate.push(chunk))
      if (this.response.writableNeedDrain && !this.agentGone) this.response.once('drain', () => controller.resume())
      else controller.resume()
    })
    this.gating.catch((error: unknown) => controller.abort(error instanceof Error ? error : new Error('refused')))
  }

  private passOn(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.observer.data(bytes)
    if (!this.agentGone) this.response.write(bytes)
  }

  private async endOfGate(gate: AnswerGate): Promise<void> {
    await this.gating
    const rest = await gate.end()
    if (this.gatedHead !== undefined) this.begin(this.gatedHead)
    this.passOn(rest)
    if (!this.agentGone && !this.response.writableEnded) this.response.end()
  }

  onResponseEnd(): void {
    const { gate } = this
    if (gate !== undefined) {
      this.endOfGate(gate)
        .finally(() => this.settle())
        .then(this.resolve, (error: unknown) => {
          if (this.begun && !this.agentGone) this.response.destroy()
          this.reject(this.begun ? new BrokenAnswer(this.agentGone, error) : error)
        })
      return
    }
    this.settle()
    const { held } = this
    if (held !== undefined)
      try {
        const body = Buffer.concat(held.chunks)
        this.observer.held(held.head, body.toString('utf8'))
        this.begin(held.head)
        this.observer.data(body)
        if (!this.agentGone) this.response.write(body)
      } catch (error) {
        this.reject(error)
        return
      }
    if (!this.agentGone && !this.response.writableEnded) this.response.end()
    this.resolve()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.settle()
    if (!this.begun) {
      this.reject(error instanceof BrokenAnswer ? error : requestFailure(error))
      return
    }
    if (!this.agentGone) this.response.destroy()
    this.reject(error instanceof BrokenAnswer ? error : new BrokenAnswer(this.agentGone, error))
  }

  private readonly onAgentClose = (): void => {
    if (this.response.writableFinished) return
    this.agentGone = true
    const leave = (): void => this.controller?.abort(new BrokenAnswer(true, agentLeft))
    if (this.request.abortOnDisconnect()) {
      leave()
      return
    }
    this.controller?.resume()
    this.drainTimer = setTimeout(leave, this.request.drainMs)
    this.drainTimer.unref()
  }

  private settle(): void {
    this.response.off('close', this.onAgentClose)
    if (this.drainTimer !== undefined) clearTimeout(this.drainTimer)
  }
}

/** Compares the media type itself (RFC 9110 §8.3.1), without its parameters. */
export function isEventStream(contentType: string | string[] | undefined): boolean {
  return typeof contentType === 'string' && contentType.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}
