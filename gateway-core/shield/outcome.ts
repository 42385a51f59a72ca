/** What Shield says of a call, put together from what policies, engines elsewhere and people say. */
import { GatewayError } from '../contract/errors.js'
import type { Verdict } from '../contract/exchange.js'
import type { ShieldSettings } from '../registry/registry.js'
import type { ApprovalOutcome } from './approvals.js'
import type { Judgement } from './cedar-engine.js'
import type { RemoteAnswer } from './remote-shield.js'
import type { Judged } from './shield-call.js'

/** The engine could not judge. */
export interface Failed {
  readonly failure: string
}

export interface HeldTool {
  readonly tool: string
  readonly wasDenied: boolean
}

export const decisionTexts: Readonly<Record<ApprovalOutcome, string>> = {
  allow: 'Somebody approved it.',
  deny: 'Somebody denied it.',
  remembered: 'Somebody approved such calls for a while.',
  expired: 'Nobody approved it in time.',
  left: 'The agent left before anybody approved it.',
  full: 'Too many calls wait for an approval already.',
}

export function heldVerdict({ tool, wasDenied }: HeldTool, startedMs: number): Judged {
  const name = JSON.stringify(tool.slice(0, 128))
  const reason = wasDenied
    ? `The definition of the tool ${name} has changed, and somebody denied the change.`
    : `The definition of the tool ${name} is not the one that was seen first, and nobody has approved it.`
  const verdict = verdictOf('deny', reason, [], startedMs)
  const fix = 'See what is different and decide: `gatehouse approvals list`.'
  return { verdict, refusal: new GatewayError('approval_denied', { detail: reason, fix, verdict }) }
}

export function outcomeOf(
  judgement: Judgement | Failed,
  remote: RemoteAnswer | undefined,
  { onFailure }: ShieldSettings,
  startedMs: number,
): Judged {
  if (!('failure' in judgement) && judgement.outcome === 'deny') {
    const verdict = verdictOf('deny', judgement.reason, judgement.policies, startedMs)
    return { verdict, refusal: denied(judgement.reason, judgement.policies) }
  }
  if (remote?.decision === 'deny') {
    const verdict = verdictOf('deny', remote.reason, remote.policies, startedMs)
    return { verdict, refusal: denied(remote.reason, remote.policies) }
  }
  const failure = 'failure' in judgement ? judgement.failure : remote?.decision === 'error' ? remote.reason : undefined
  if (failure !== undefined) {
    const verdict = verdictOf('error', failure, [], startedMs)
    if (onFailure === 'allow') return { verdict }
    return { verdict, refusal: new GatewayError('shield_denied', { detail: failure, verdict }) }
  }
  const said = remote?.decision === 'allow' ? remote : undefined
  return { verdict: verdictOf('allow', said?.reason, said?.policies ?? [], startedMs) }
}

export function denied(reason: string | undefined, policies: readonly string[]): GatewayError {
  const verdict = { decision: 'deny' as const, reason, policies }
  return new GatewayError('shield_denied', { ...(reason === undefined ? {} : { detail: reason }), verdict })
}

export function verdictOf(
  decision: Verdict['decision'],
  reason: string | undefined,
  policies: readonly string[],
  startedMs: number,
): Verdict {
  const durationMs = performance.now() - startedMs
  return { decision, ...(reason === undefined ? {} : { reason }), policies, durationMs }
}
