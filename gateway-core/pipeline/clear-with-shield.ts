/**
 * Stage: asks Shield about every POST body, before anything is planned, fetched or sent. Refuses with `shield_denied`,
 * `approval_denied`. Where Shield cannot judge, the call is let through with the verdict `error` and a warning, or refused,
 * as `on_failure` says.
 */
import type { Verdict } from '../contract/exchange.js'
import type { StopSignal } from '../stop-signal.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import { shieldCallOf } from './shield-call-of.js'
import type { Cleared, Routed } from './stages.js'

const off: Verdict = { decision: 'allow', policies: [], durationMs: 0 }

/** @param leaving gives what tells that nobody waits any longer; asked only where somebody may have to */
export async function clearWithShield(
  routed: Routed,
  ports: PipelinePorts,
  recording: Recording,
  leaving: () => StopSignal | undefined,
): Promise<Cleared> {
  const { shield, logger } = ports
  if (routed.message === undefined) {
    // Nothing is judged, but what comes back may be looked at.
    if (shield.loading !== undefined) await shield.loading
    return Object.assign(routed, { verdict: off }) as Cleared
  }
  const startedMs = performance.now()
  const judging = shield.judge(shieldCallOf(routed), leaving)
  if (judging === undefined) return Object.assign(routed, { verdict: off }) as Cleared
  const { verdict, refusal } = await judging.finally(() => (recording.shieldMs = performance.now() - startedMs))
  recording.verdict = verdict
  if (verdict.decision === 'error')
    logger.warn(
      {
        requestId: routed.requestId,
        server: routed.slug,
        caller: { id: routed.caller.id, method: routed.caller.method, client: routed.caller.client },
        onFailure: routed.snapshot.shield.onFailure,
      },
      `Shield did not judge a request: ${verdict.reason ?? ''}`,
    )
  if (refusal !== undefined) throw refusal
  return Object.assign(routed, { verdict }) as Cleared
}
