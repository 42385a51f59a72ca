import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { listExchangesOptions, type Exchange } from '../../client/api.js'
import { Skeleton } from '../../components/spinner.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatClock } from '../../strings/format.js'

const shown = 5

/** The calls that were denied or failed last. */
export function RecentRefusals() {
  const { t } = useTranslation()
  const { data, error } = useQuery(listExchangesOptions({ query: { limit: 100 } }))
  if (error !== null) return <ErrorCard error={error} quiet />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={2} />
      </div>
    )
  const refused = data.items.filter(isRefused).slice(0, shown)
  if (refused.length === 0) return <p className="px-4 py-3 text-fg-2">{t('home.noDenials')}</p>
  return (
    <ul>
      {refused.map((exchange) => (
        <li key={exchange.id} className="border-b border-line last:border-b-0">
          <Link
            to="/inspector"
            search={{ selected: exchange.id }}
            className="flex min-h-8 items-center gap-3 px-4 py-1 -outline-offset-2 hover:bg-hover"
          >
            <VerdictBadge verdict={verdictOf(exchange)} glyphOnly />
            <span className="font-mono text-sm text-fg-2">{formatClock(exchange.startedAt)}</span>
            <span className="min-w-0 truncate">
              {exchange.agent ?? exchange.caller?.subject ?? t('home.unknownAgent')}
              <span aria-hidden> › </span>
              {exchange.server ?? t('home.unknownServer')}
            </span>
            <span className="min-w-0 grow truncate font-mono text-sm">{exchange.tool ?? exchange.method}</span>
            <code className="font-mono text-sm text-deny">{exchange.errorCode ?? exchange.response.status}</code>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function isRefused({ verdict, errorCode, response }: Exchange): boolean {
  return verdict.decision !== 'allow' || errorCode !== undefined || response.status >= 400
}
