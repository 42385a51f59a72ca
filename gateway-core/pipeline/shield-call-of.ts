/** A request as Shield is told of it. */
import type { ShieldCall } from '../shield/shield-call.js'
import type { Message } from './read-message.js'
import type { Routed } from './stages.js'

/** What Shield knows of a stream that carries answers to requests of any kind. */
const anyAnswer: Pick<Message, 'kind' | 'id' | 'method' | 'params' | 'tool' | 'text'> = {
  kind: 'response',
  id: null,
  method: null,
  params: {},
  tool: undefined,
  text: '',
}

export function shieldCallOf(
  request: Pick<Routed, 'requestId' | 'caller' | 'agent' | 'recognised' | 'slug' | 'message' | 'era' | 'headers'>,
): ShieldCall {
  const { requestId, caller, agent, recognised, slug, message, era, headers } = request
  return {
    requestId,
    caller,
    agent: agent ?? recognised.key?.agent,
    server: slug,
    message: message ?? anyAnswer,
    era,
    protocolVersion: headers['mcp-protocol-version'],
  }
}
