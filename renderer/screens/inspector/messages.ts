/** The JSON-RPC messages of an exchange: what was asked, what answers it, and what came beside it. */
import type { GetExchangeResponse } from '../../client/api.js'

export type Whole = GetExchangeResponse

export type MessageKind = 'request' | 'answer' | 'notification' | 'question' | 'other'

export interface ShownMessage {
  readonly kind: MessageKind
  /** Method, where it has one. */
  readonly method: string | undefined
  /** As it was recorded. */
  readonly text: string
  readonly truncated: boolean
}

/** The request first, its answer next, then notifications and the server's own questions in the order they came. */
export function messagesOf({ request, response }: Whole): readonly ShownMessage[] {
  const asked = request.body === undefined ? [] : [describe(request.body, request.truncated === true, undefined)]
  const id = idOf(request.body)
  const bodies =
    response.events !== undefined && response.events.length > 0
      ? response.events.map(({ data }) => data).filter((data) => data !== '')
      : [response.body ?? ''].filter((body) => body !== '')
  const came = bodies.map((body, index) =>
    describe(body, response.truncated === true && index === bodies.length - 1, id ?? undefined),
  )
  return [
    ...asked.map((message) => ({ ...message, kind: 'request' as const })),
    ...came.filter(({ kind }) => kind === 'answer'),
    ...came.filter(({ kind }) => kind !== 'answer'),
  ]
}

/** The answer's text, or whatever came instead of one. */
export function answerText(exchange: Whole): string {
  const messages = messagesOf(exchange)
  return (
    messages.find(({ kind }) => kind === 'answer')?.text ?? messages.find(({ kind }) => kind !== 'request')?.text ?? ''
  )
}

/** What a tool was called with, or the params of another method; laid out for reading. */
export function argumentsText({ request, tool }: Whole): string {
  const message = parsed(request.body ?? '')
  const params = isRecord(message) ? message['params'] : undefined
  const args = tool !== null && isRecord(params) ? params['arguments'] : params
  return JSON.stringify(isRecord(args) ? args : {}, null, 2)
}

function describe(text: string, truncated: boolean, requestId: string | number | undefined): ShownMessage {
  const message = parsed(text)
  if (!isRecord(message)) return { kind: 'other', method: undefined, text, truncated }
  const method = typeof message['method'] === 'string' ? message['method'] : undefined
  const hasId = message['id'] !== undefined && message['id'] !== null
  const isAnswer = method === undefined && ('result' in message || 'error' in message)
  const kind = isAnswer
    ? requestId === undefined || message['id'] === requestId || !hasId
      ? 'answer'
      : 'other'
    : method === undefined
      ? 'other'
      : hasId
        ? 'question'
        : 'notification'
  return { kind, method, text, truncated }
}

function idOf(text: string | undefined): string | number | undefined {
  const message = parsed(text ?? '')
  const id = isRecord(message) ? message['id'] : undefined
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
