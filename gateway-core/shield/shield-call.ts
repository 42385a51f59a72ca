/** One message on its way to a server, as Shield is told of it. */
import type { Caller } from '../contract/caller.js'
import type { Verdict } from '../contract/exchange.js'
import type { GatewayError } from '../contract/errors.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import type { Question } from './cedar-engine.js'
import type { RemoteQuestion } from './remote-shield.js'
import { readAnnotations, type ToolAnnotations } from './tool-annotations.js'

export interface ShieldCall {
  readonly requestId: string
  readonly caller: Caller
  readonly agent: string | undefined
  /** Slug. */
  readonly server: string
  readonly message: {
    readonly kind: 'request' | 'notification' | 'response'
    readonly id: string | number | null
    readonly method: string | null
    readonly params: Params
    readonly tool: string | undefined
    readonly text: string
  }
  readonly era: 'legacy' | 'modern'
  readonly protocolVersion: string | undefined
}

/** What Shield says of a call, and the error where it may not go on. */
export interface Judged {
  readonly verdict: Verdict
  readonly refusal?: GatewayError
}

export function questionOf(
  { caller, agent, server, message }: ShieldCall,
  annotations: ToolAnnotations = readAnnotations(undefined),
  detections: readonly string[] = [],
): Question {
  return {
    caller,
    server,
    method: message.method ?? 'response',
    tool: message.tool,
    arguments: message.params['arguments'],
    annotations,
    detections,
    agent,
  }
}

/** What detectors look at: what a person or a program wrote, which is not only in arguments. */
export function scannedOf({ message }: ShieldCall): unknown {
  const { _meta, ...rest } = message.params
  // An agent's answer to a server has no params.
  return message.kind === 'response' ? message.text : rest
}

export function remoteQuestionOf(call: ShieldCall): RemoteQuestion {
  const { requestId, caller, agent, server, message, era, protocolVersion } = call
  const { kind, id, method, params, tool, text } = message
  return {
    requestId,
    caller,
    server,
    method,
    tool: tool ?? null,
    arguments: params['arguments'] ?? null,
    content: text,
    mcp: {
      kind,
      id,
      era,
      ...(protocolVersion === undefined ? {} : { protocolVersion }),
      ...(agent === undefined ? {} : { agent }),
      ...(isRecord(params['_meta']) ? { meta: params['_meta'] } : {}),
    },
  }
}
