/** A session with a server whose answers Shield looks at, where it wants to. */
import { isRecord, type Answer } from '../contract/json-rpc.js'
import type { ServerSession, SessionCall } from '../servers/server-session.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { Shield } from '../shield/create-shield.js'
import type { ShieldCall } from '../shield/shield-call.js'

/** A request with what Shield was told of the one that it is made for. */
interface ShieldedOutbound extends OutboundRequest {
  readonly shieldCall: ShieldCall
}

export function withShieldCall(outbound: OutboundRequest, shieldCall: ShieldCall): ShieldedOutbound {
  return { ...outbound, shieldCall }
}

/** One for each session, as agents are kept by the session that they use. */
const shielded = new WeakMap<ServerSession, ServerSession>()

export function shieldedSession(session: ServerSession, shield: Shield): ServerSession {
  let known = shielded.get(session)
  if (known === undefined) {
    known = shieldedOver(session, shield)
    shielded.set(session, known)
  }
  return known
}

function shieldedOver(session: ServerSession, shield: Shield): ServerSession {
  return {
    get about() {
      return session.about
    },
    call: (call): Promise<Answer> => {
      const { outbound, method, params } = call
      if (!('shieldCall' in outbound)) return session.call(call)
      const { shieldCall } = outbound as ShieldedOutbound
      const { server } = shieldCall
      const tool = toolOf(method, params)
      return shield.watches({ server, message: { method, tool } })
        ? callAndJudge(session, call, shieldCallOf(shieldCall, call, tool), shield)
        : session.call(call)
    },
    notify: (notification, outbound) => session.notify(notification, outbound),
    listen: (listener) => session.listen(listener),
    subscribe: (uri, listener, call) => session.subscribe(uri, listener, call),
    unsubscribe: (uri, listener, call) => session.unsubscribe(uri, listener, call),
    ended: session.ended,
    close: () => session.close(),
  }
}

async function callAndJudge(
  session: ServerSession,
  call: SessionCall,
  asked: ShieldCall,
  shield: Shield,
): Promise<Answer> {
  const answer = await session.call(call)
  if (!('result' in answer)) return answer
  const result = await shield.judgeResult(asked, answer.result)
  return result === answer.result ? answer : { result }
}

function toolOf(method: string, params: SessionCall['params']): string | undefined {
  const name = isRecord(params) ? params['name'] : undefined
  return method === 'tools/call' && typeof name === 'string' ? name : undefined
}

/** With the method of the call itself, which need not be that of the request it is made for. */
function shieldCallOf(of: ShieldCall, { method, params }: SessionCall, tool: string | undefined): ShieldCall {
  return { ...of, message: { ...of.message, method, params: params ?? {}, tool } }
}
