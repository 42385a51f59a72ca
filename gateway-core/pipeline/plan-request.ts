/** Stage: plans the outbound request. Refuses with what the plan refuses with: `no_caller_token`, `caller_claim_missing`. */
import { GatewayError } from '../contract/errors.js'
import type { Hop } from '../credentials/outbound-request.js'
import { planOutbound } from '../credentials/plan-outbound.js'
import type { Recording } from './recording.js'
import type { Cleared, Planned } from './stages.js'

/** @param sessionEra see `sessionEraOf` */
export function planRequest(cleared: Cleared, hop: Hop, recording: Recording, sessionEra?: Cleared['era']): Planned {
  const { recognised } = cleared
  const plan = planOutbound(cleared.server.plan, {
    hop,
    sessionEra,
    headers: cleared.headers,
    caller: cleared.caller,
    callerToken: recognised.token,
    claims: recognised.claims,
    authorizationIsOurs: recognised.authorizationIsOurs,
    tool: cleared.message?.tool,
    generated: cleared.generated,
  })
  recording.plan = plan
  recording.hop = hop
  if (plan.refusal !== undefined) throw new GatewayError(plan.refusal.code, plan.refusal)
  return Object.assign(cleared, { plan, hop })
}
