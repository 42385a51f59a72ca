import type { Exchange } from '../../client/api.js'
import type { ShownVerdict } from '../../components/verdict-badge.js'

/** What Shield said, as it is shown: a failure that let the call pass is never shown as allowed. */
export function verdictOf({ verdict, errorCode }: Pick<Exchange, 'verdict' | 'errorCode'>): ShownVerdict {
  // Shield takes time; where it took none, it is off, or the call never came to it.
  if (verdict.decision === 'allow') return verdict.durationMs === 0 ? 'off' : 'allow'
  if (verdict.decision === 'deny') return 'deny'
  return errorCode === 'shield_denied' ? 'stopped' : 'unchecked'
}
