/** An engine elsewhere: one POST for each message, within one deadline over everything that takes. */
import { Agent, type Dispatcher } from 'undici'
import type { Caller } from '../contract/caller.js'
import { isRecord } from '../contract/json-rpc.js'
import type { ShieldRemote } from '../registry/registry.js'

const maxAnswerBytes = 64 * 1024
const maxReasonLength = 1000
const maxPolicies = 100

/** What is sent, as JSON. */
export interface RemoteQuestion {
  readonly requestId: string
  readonly caller: Caller
  /** Slug. */
  readonly server: string
  readonly method: string | null
  readonly tool: string | null
  /** Null where the message has none. */
  readonly arguments: unknown
  /** The whole message as text. */
  readonly content: string
  /** What else is known of it: kind, id, era, protocol version, agent. */
  readonly mcp: Readonly<Record<string, unknown>>
}

export type RemoteAnswer =
  | { readonly decision: 'allow' | 'deny'; readonly reason?: string; readonly policies: readonly string[] }
  /** `reason` holds nothing of the answer, and no credential. */
  | { readonly decision: 'error'; readonly reason: string }

export interface RemoteShields {
  /**
   * @param credential sent as Bearer
   * @param timeoutMs of all of it: connecting, sending, the answer
   * @throws what the signal was aborted with
   */
  ask(
    remote: ShieldRemote,
    credential: string | undefined,
    question: RemoteQuestion,
    timeoutMs: number,
    left: AbortSignal | undefined,
  ): Promise<RemoteAnswer>
  close(): Promise<void>
}

class Failure extends Error {}

export function createRemoteShields(): RemoteShields {
  const agent = new Agent({ connections: 256, pipelining: 1, maxHeaderSize: 16_384 })
  return {
    async ask(remote, credential, question, timeoutMs, left) {
      const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))
      const signal = left === undefined ? deadline : AbortSignal.any([deadline, left])
      try {
        return readAnswer(await send(agent, remote, credential, JSON.stringify(question), signal))
      } catch (error) {
        left?.throwIfAborted()
        if (deadline.aborted) return failed(`it did not answer within ${timeoutMs} ms`)
        return failed(error instanceof Failure ? error.message : `it cannot be reached (${codeOf(error)})`)
      }
    },
    close: () => agent.destroy(),
  }
}

async function send(
  agent: Dispatcher,
  { url }: ShieldRemote,
  credential: string | undefined,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const { origin, pathname, search } = new URL(url)
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
  }
  const path = pathname + search
  const answer = await agent.request({ origin, path, method: 'POST', headers, body, signal })
  if (answer.statusCode !== 200) {
    // Ends the connection, as an answer that nobody reads may go on for ever; that it ends is then no news.
    answer.body.on('error', () => undefined).destroy()
    throw new Failure(`it answered with the status ${answer.statusCode}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    const piece = chunk as Buffer
    bytes += piece.length
    if (bytes > maxAnswerBytes) throw new Failure('its answer is larger than 64 KiB')
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readAnswer(text: string): RemoteAnswer {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return failed('its answer is not JSON')
  }
  const decision = isRecord(value) ? value['decision'] : undefined
  if (!isRecord(value) || (decision !== 'allow' && decision !== 'deny'))
    return failed('its answer has no decision of allow or deny')
  const { reason, policies } = value
  return {
    decision,
    ...(typeof reason === 'string' ? { reason: reason.slice(0, maxReasonLength) } : {}),
    policies: Array.isArray(policies)
      ? policies
          .filter((policy) => typeof policy === 'string')
          .slice(0, maxPolicies)
          .map((policy) => policy.slice(0, 256))
      : [],
  }
}

function failed(what: string): RemoteAnswer {
  return { decision: 'error', reason: `The remote Shield failed: ${what}.` }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no connection'
}
