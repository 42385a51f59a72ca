import type { Exchange } from '../../client/api.js'
import type { ShownVerdict } from '../../components/verdict-badge.js'

/** What Shield said, as it is shown: a failure that let the call pass is never shown as allowed. */
export function verdictOf({ verdict, errorCode }: Pick<Exchange, 'verdict' | 'errorCode'>): ShownVerdict {
  if (verdict.decision === 'allow') return 'allow'
  if (verdict.decision === 'deny') return 'deny'
  return errorCode === 'shield_denied' ? 'stopped' : 'unchecked'
}
