/**
 * Looks at the answers of a server as they pass: of a JSON body at the whole, of an event stream at the events that carry
 * a response, while all others go on as they come. What is not changed goes on byte by byte as it was.
 */
import { isRecord, type Params } from '../contract/json-rpc.js'

const maxBytes = 16 * 1024 * 1024

/** Gives the message that is to go on: the same object where nothing is changed. @throws to refuse the answer */
export type MessageJudge = (message: Params) => Promise<Params>

/** Gives what is to go on, in order. One call at a time. @throws what the judge throws; AnswerUnreadable */
export interface AnswerGate {
  /** Whether nothing goes on before the end. */
  readonly whole: boolean
  push(bytes: Buffer): Promise<Buffer>
  end(): Promise<Buffer>
}

/** An answer that cannot be judged, as it is too large or no JSON. */
export class AnswerUnreadable extends Error {}

const nothing = Buffer.alloc(0)

export function jsonGate(judge: MessageJudge): AnswerGate {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    whole: true,
    push: async (chunk) => {
      bytes += chunk.length
      if (bytes > maxBytes) throw new AnswerUnreadable('The answer is larger than 16 MiB.')
      chunks.push(chunk)
      return nothing
    },
    end: async () => {
      const body = Buffer.concat(chunks)
      if (body.length === 0) return body
      const message = parse(body)
      const judged = await judgeMessage(message, judge)
      return judged === message ? body : Buffer.from(JSON.stringify(judged))
    },
  }
}

/** @see [HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) */
export function eventGate(judge: MessageJudge): AnswerGate {
  let pending: Buffer = nothing
  let searchedTo = 0
  return {
    whole: false,
    push: async (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const passed: Buffer[] = []
      for (let end = endOfEvent(pending, searchedTo); end > 0; end = endOfEvent(pending, 0)) {
        passed.push(await judgeEvent(pending.subarray(0, end), judge))
        pending = pending.subarray(end)
      }
      // A blank line may have begun with the last bytes.
      searchedTo = Math.max(0, pending.length - 3)
      if (pending.length > maxBytes) throw new AnswerUnreadable('An event of the answer is larger than 16 MiB.')
      return Buffer.concat(passed)
    },
    // An event that is not ended is none.
    end: async () => nothing,
  }
}

const lf = 0x0a
const cr = 0x0d

/** The index after the blank line that ends the first event; 0 where it has not come. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] !== lf && bytes[i] !== cr) continue
    const next = afterLineEnd(bytes, i)
    if (bytes[next] === lf || bytes[next] === cr) return afterLineEnd(bytes, next)
    i = next - 1
  }
  return 0
}

function afterLineEnd(bytes: Buffer, at: number): number {
  return bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : at + 1
}

async function judgeEvent(bytes: Buffer, judge: MessageJudge): Promise<Buffer> {
  const lines = bytes.toString('utf8').split(/\r\n|\n|\r/)
  const data = lines.filter((line) => /^data(?::|$)/.test(line)).map((line) => line.replace(/^data:? ?/, ''))
  if (data.length === 0) return bytes
  const text = data.join('\n')
  // Events that only carry an id, to resume from, hold no message.
  if (text.trim() === '') return bytes
  const message = parse(Buffer.from(text))
  const judged = await judgeMessage(message, judge)
  if (judged === message) return bytes
  const others = lines.filter((line) => line !== '' && !/^data(?::|$)/.test(line))
  return Buffer.from([...others, `data: ${JSON.stringify(judged)}`, '', ''].join('\n'))
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new AnswerUnreadable('The answer is not JSON.')
  }
}

async function judgeMessage(message: unknown, judge: MessageJudge): Promise<unknown> {
  if (Array.isArray(message)) {
    const judged = await Promise.all(message.map((one: unknown) => judgeMessage(one, judge)))
    return judged.every((one, index) => one === message[index]) ? message : judged
  }
  return isRecord(message) && 'result' in message && !('method' in message) ? judge(message) : message
}
