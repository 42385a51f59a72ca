import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { listExchangesOptions } from '../../client/api.js'
import { EmptyState } from '../../components/empty-state.js'
import { Skeleton } from '../../components/spinner.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatClock } from '../../strings/format.js'
import { ExchangeLink } from './exchange-link.js'

const shown = 50

/** The calls that Shield refused last. */
export function Denials() {
  const { t } = useTranslation()
  const { data, error } = useQuery(listExchangesOptions({ query: { q: '-verdict:allow', limit: shown } }))
  if (error !== null) return <ErrorCard error={error} quiet />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton />
      </div>
    )
  if (data.items.length === 0)
    return <EmptyState title={t('shield.denials.none')} text={t('shield.denials.noneText')} />
  return (
    <ul>
      {data.items.map((exchange) => (
        <li key={exchange.id} className="flex min-h-7 items-center gap-3 border-b border-line px-4 py-0.5">
          <VerdictBadge verdict={verdictOf(exchange)} glyphOnly />
          <span className="shrink-0 font-mono text-sm text-fg-2">{formatClock(exchange.startedAt)}</span>
          <ExchangeLink id={exchange.id}>
            {exchange.agent ?? exchange.caller?.subject ?? t('home.unknownAgent')} › {exchange.server ?? ''} ›{' '}
            {exchange.tool ?? exchange.method}
          </ExchangeLink>
          <span className="min-w-0 grow truncate text-fg-2">{exchange.verdict.reason}</span>
          <code className="shrink-0 font-mono text-sm text-deny">{exchange.errorCode ?? exchange.response.status}</code>
        </li>
      ))}
    </ul>
  )
}
