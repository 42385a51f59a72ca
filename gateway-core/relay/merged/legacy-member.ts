/**
 * Requests to a server of the older era in the merged server, which agents take for one of the stateless era: what has no
 * meaning on that hop is left out, and what would make a call be done twice is refused.
 */
import type { Answer } from '../../contract/json-rpc.js'
import type { SessionCall } from '../../servers/server-session.js'
import { paramsForServer } from '../agent-face/modern-envelope.js'
import { refusedPage } from '../agent-face/modern-results.js'

/** @throws as `send` */
export async function askLegacyMember(
  call: SessionCall,
  send: (call: SessionCall) => Promise<Answer>,
): Promise<Answer> {
  const { params } = call
  if (params === undefined) return withoutResultType(await send(call))
  // A state that this process does not hold: the call was begun before, and may have been done.
  if (params['requestState'] !== undefined)
    return { error: { code: -32602, message: 'Invalid params: the requestState has expired. Make the call anew.' } }
  const refused = refusedPage(params['inputResponses'])
  if (refused !== undefined) return refused
  return withoutResultType(await send({ ...call, params: paramsForServer(params, true) }))
}

/** A word that servers of that era have no meaning for. */
function withoutResultType(answer: Answer): Answer {
  if ('error' in answer || answer.result['resultType'] === undefined) return answer
  const { resultType: _resultType, ...result } = answer.result
  return { result }
}
