/**
 * Stage: asks Shield about every POST body, before anything is planned, fetched or sent. Refuses with `shield_denied`.
 * Where Shield is configured and cannot judge, the call is let through with the verdict `error` and a warning, or
 * refused, as `on_failure` says.
 */
import { GatewayError } from '../contract/errors.js'
import type { Verdict } from '../contract/exchange.js'
import type { ShieldSettings } from '../registry/registry.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { Cleared, Routed } from './stages.js'

const off: Verdict = { decision: 'allow', policies: [], durationMs: 0 }

export async function clearWithShield(routed: Routed, ports: PipelinePorts, recording: Recording): Promise<Cleared> {
  const { shield } = routed.snapshot
  const verdict = routed.message === undefined ? off : judge(shield)
  recording.verdict = verdict
  recording.shieldMs = verdict.durationMs
  if (verdict.decision === 'error') {
    ports.logger.warn(
      { requestId: routed.requestId, server: routed.slug, onFailure: shield.onFailure },
      `Shield did not judge a request: ${verdict.reason ?? ''}`,
    )
    if (shield.onFailure === 'deny') throw new GatewayError('shield_denied', { detail: verdict.reason ?? '' })
  }
  return Object.assign(routed, { verdict }) as Cleared
}

/** No engine is part of this version, so a Shield that is configured is one that cannot be asked. */
export function judge(shield: ShieldSettings): Verdict {
  if (!shield.enabled || shield.engines.length === 0) return off
  return {
    decision: 'error',
    reason: `this version of Gatehouse has no engine for ${shield.engines.join(', ')}`,
    policies: [],
    durationMs: 0,
  }
}
