/** Lets Shield look at the answers of a server whose bytes are passed on. */
import { GatewayError } from '../contract/errors.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import { isEventStream, type AnswerGate, type ResponseHead } from '../servers/forward-http.js'
import { AnswerUnreadable, eventGate, jsonGate, type MessageJudge } from '../shield/answer-gate.js'
import { errorBody } from './error-body.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import { shieldCallOf } from './shield-call-of.js'
import type { Routed } from './stages.js'

/** Undefined where the bytes may stream through. */
export function gateAnswer(
  request: Routed,
  { status, headers }: ResponseHead,
  { shield }: Pick<PipelinePorts, 'shield'>,
  recording: Recording,
): AnswerGate | undefined {
  if (!shield.watches(shieldCallOf(request)) || status < 200 || status >= 300 || status === 202 || status === 204)
    return undefined
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw unreadable('The answer is compressed.')
  return isEventStream(headers['content-type'])
    ? readable(eventGate(judgeFor(request, shield, recording, true)))
    : readable(jsonGate(judgeFor(request, shield, recording, false)))
}

/** @param begun whether the agent has been answered already: then an error is an answer of its own */
function judgeFor(
  request: Routed,
  shield: PipelinePorts['shield'],
  recording: Recording,
  begun: boolean,
): MessageJudge {
  const call = shieldCallOf(request)
  return async (message): Promise<Params> => {
    const { result, id } = message
    if (!isRecord(result)) return message
    try {
      const judged = await shield.judgeResult(call, result)
      return judged === result ? message : { ...message, result: judged }
    } catch (error) {
      if (!begun || !(error instanceof GatewayError)) throw error
      recording.noteVerdictOf(error)
      recording.errorCode = error.code
      const known = typeof id === 'string' || typeof id === 'number' ? id : null
      return { ...errorBody(error, known, request.requestId) }
    }
  }
}

function readable(gate: AnswerGate): AnswerGate {
  const asRefusal = (error: unknown): never => {
    throw error instanceof AnswerUnreadable ? unreadable(error.message) : error
  }
  return {
    whole: gate.whole,
    push: (bytes) => gate.push(bytes).catch(asRefusal),
    end: () => gate.end().catch(asRefusal),
  }
}

/** What cannot be looked at does not go on. */
function unreadable(why: string): GatewayError {
  const reason = `The answer cannot be judged. ${why}`
  return new GatewayError('shield_denied', { detail: reason, verdict: { decision: 'deny', reason, policies: [] } })
}
