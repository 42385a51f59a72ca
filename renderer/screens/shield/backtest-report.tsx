import { useTranslation } from 'react-i18next'
import type { BacktestPolicyResponse } from '../../client/api.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { formatCount, formatMoment } from '../../strings/format.js'
import { ExchangeLink } from './exchange-link.js'

/** Rows beyond these are found in the inspector. */
const shownRows = 100

/** What a policy would have done with the calls that were recorded. */
export function BacktestReport({ report }: { readonly report: BacktestPolicyResponse }) {
  const { t } = useTranslation()
  const { denied, deniedCount, judged, skipped } = report
  return (
    <section aria-label={t('shield.backtest.title')} className="grid grid-cols-1 gap-2">
      <h3 className="text-lg">{t('shield.backtest.title')}</h3>
      <p role="status">
        {deniedCount === 0
          ? t('shield.backtest.none', { judged: formatCount(judged) })
          : t('shield.backtest.text', { denied: formatCount(deniedCount), judged: formatCount(judged) })}
      </p>
      {skipped > 0 && <p className="text-fg-2">{t('shield.backtest.skipped', { count: skipped })}</p>}
      {!report.complete && <p className="text-fg-2">{t('shield.backtest.incomplete')}</p>}
      {denied.length > 0 && (
        <ul className="overflow-hidden rounded-card border border-line bg-panel">
          {denied.slice(0, shownRows).map((row) => (
            <li
              key={row.exchangeId}
              className="flex min-h-7 items-center gap-3 border-b border-line px-3 py-0.5 last:border-b-0"
            >
              <VerdictBadge verdict={row.outcome === 'ask' ? 'pending' : 'deny'} glyphOnly />
              <span className="shrink-0 font-mono text-sm text-fg-2">{formatMoment(row.startedAt)}</span>
              <ExchangeLink id={row.exchangeId}>
                {row.caller ?? t('home.unknownAgent')} › {row.server} › {row.tool ?? row.method}
              </ExchangeLink>
              <span className="min-w-0 grow truncate text-fg-2">{row.reason ?? row.policies.join(', ')}</span>
              {row.masked && <span className="shrink-0 text-sm text-open">{t('shield.backtest.masked')}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
