/** The main process as a client of the control API: it signs the page in, and follows what happens. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import * as z from 'zod'
import type { ReadyLine } from './ready-line.js'

/** As in the contract, whose table of operations the app has no other use for. */
const apiPrefix = '/api/v1'
const requestTimeoutMs = 10_000
const linkSchema = z.object({ url: z.string() })
const cookiePattern = /^(gatehouse_session)=([A-Za-z0-9_-]{20,256})(?:;|$)/

export interface SessionCookie {
  readonly name: string
  readonly value: string
}

export class ControlConnection {
  constructor(private readonly ready: Pick<ReadyLine, 'controlUrl' | 'controlToken'>) {}

  /** @param path below `/api/v1` @returns the parsed answer, undefined where it is empty @throws Error */
  async call(method: 'GET' | 'POST', path: string): Promise<unknown> {
    const answer = await this.fetch(`${apiPrefix}${path}`, { method, signal: AbortSignal.timeout(requestTimeoutMs) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`The gateway answered ${answer.status} to ${method} ${path}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Spends a one-time link here, so that neither it nor the control token is ever in the page's address. */
  async openSession(): Promise<SessionCookie> {
    const { url } = linkSchema.parse(await this.call('POST', '/session-links'))
    const target = new URL(url)
    if (target.origin !== this.ready.controlUrl) throw new Error('The sign-in link leads somewhere else')
    const answer = await fetch(target, { redirect: 'manual', signal: AbortSignal.timeout(requestTimeoutMs) })
    await answer.body?.cancel()
    const [, name, value] = cookiePattern.exec(answer.headers.getSetCookie()[0] ?? '') ?? []
    if (name === undefined || value === undefined) throw new Error('The gateway opened no session for the page')
    return { name, value }
  }

  /**
   * Reads `/events` until the gateway ends it or the signal does.
   *
   * @param onEvent name and parsed data of each
   * @throws Error when the connection breaks
   */
  async follow(onEvent: (event: string, data: unknown) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.fetch(`${apiPrefix}/events`, { signal })
    if (!answer.ok || answer.body === null) throw new Error(`The gateway answered ${answer.status} to GET /events`)
    let event = 'message'
    for await (const line of createInterface({ input: Readable.fromWeb(answer.body) })) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length)
      else if (line.startsWith('data: ')) onEvent(event, JSON.parse(line.slice('data: '.length)))
    }
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.ready.controlUrl), {
      ...init,
      headers: { authorization: `Bearer ${this.ready.controlToken}` },
      redirect: 'error',
    })
  }
}
