/** The page's one way to the gateway: the control API of the origin that it came from, with its session cookie. */
import type { z } from 'zod'
import type {
  createdKeySchema,
  GatewayStatus,
  keySchema,
  Problem,
  serverAnswerSchema,
} from '../../gateway-core/contract/control-schemas.js'
import type { Exchange, ExchangeSummary } from '../../gateway-core/contract/exchange.js'

export type { Exchange, ExchangeSummary, GatewayStatus }
export type ServerAnswer = z.infer<typeof serverAnswerSchema>
export type KeyAnswer = z.infer<typeof keySchema>
export type CreatedKey = z.infer<typeof createdKeySchema>

/** What an operation answered when it did not do what it was asked. `message` is for people. */
export class ProblemError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ProblemError'
    this.status = status
  }
}

interface List<T> {
  readonly items: readonly T[]
}

/** Every operation throws {@link ProblemError}. Answers are the gateway's own and are not checked again here. */
export const controlApi = {
  status: () => send<GatewayStatus>('GET', '/status'),
  unlock: (passphrase: string) => send<undefined>('POST', '/unlock', { passphrase }),
  servers: () => send<List<ServerAnswer>>('GET', '/servers'),
  addServer: (slug: string, url: string) => send<ServerAnswer>('PUT', `/servers/${encodeURIComponent(slug)}`, { url }),
  keys: () => send<List<KeyAnswer>>('GET', '/keys'),
  createKey: (name: string) => send<CreatedKey>('POST', '/keys', { name }),
  exchanges: (limit: number) => send<List<ExchangeSummary>>('GET', `/exchanges?limit=${limit}`),
  exchange: (id: string) => send<Exchange>('GET', `/exchanges/${encodeURIComponent(id)}`),
}

export type EventName = 'exchange' | 'server' | 'status'

/**
 * Calls back whenever something of that name happened, and with `status` whenever the connection came (back), as what
 * happened in between is not told. The browser connects anew by itself.
 */
export function watchEvents(onEvent: (name: EventName) => void, onConnection: (open: boolean) => void): void {
  const source = new EventSource('/api/v1/events')
  source.addEventListener('open', () => onConnection(true))
  source.addEventListener('error', () => onConnection(false))
  for (const name of ['exchange', 'server', 'status'] as const) source.addEventListener(name, () => onEvent(name))
}

async function send<T>(method: string, path: string, body?: object): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      redirect: 'error',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ProblemError(0, 'The gateway does not answer. Is it still running?')
  }
  const text = await answer.text()
  if (!answer.ok) throw new ProblemError(answer.status, describeProblem(answer.status, text))
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** What went wrong, where, and what to do about it, from an RFC 9457 problem document. */
export function describeProblem(status: number, text: string): string {
  const problem = parseProblem(text)
  if (problem === undefined) return `The gateway answered ${status}.`
  const fields = (problem.errors ?? []).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  return [problem.detail ?? problem.title, ...fields, problem.fix].filter((part) => part !== undefined).join(' ')
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'title' in value ? (value as Problem) : undefined
  } catch {
    return undefined
  }
}
