/** What was called at one server, newest first. The inspector has the rest. */
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callServerMutation, listExchangesOptions, type Exchange, type Server } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { DataGrid, type Column } from '../../components/data-grid.js'
import { EmptyState } from '../../components/empty-state.js'
import { Skeleton } from '../../components/spinner.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { exchangeAddress, filterAddress } from '../../features/exchanges/exchange-address.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration, formatClock } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'

const pageSize = 50

export function TrafficTab({ server: { slug } }: { readonly server: Server }) {
  const { t } = useTranslation()
  const [limit, setLimit] = useState(pageSize)
  const [selected, setSelected] = useState<string>()
  const { data, error, refetch } = useQuery({
    ...listExchangesOptions({ query: { server: slug, limit } }),
    placeholderData: keepPreviousData,
  })
  const call = useMutation(callServerMutation())
  if (error !== null)
    return (
      <div className="p-4">
        <ErrorCard error={error} onRetry={() => void refetch()} quiet />
      </div>
    )
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={6} />
      </div>
    )
  if (data.items.length === 0)
    return (
      <>
        <EmptyState
          title={t('detail.traffic.empty', { slug })}
          action={
            <Button
              variant="primary"
              loading={call.isPending}
              onClick={() => call.mutate({ path: { slug }, body: {} })}
            >
              {t('detail.traffic.call')}
            </Button>
          }
        />
        {call.error !== null && <ErrorCard error={call.error} />}
      </>
    )
  return (
    <div className="flex h-full min-h-0 flex-col">
      <DataGrid
        label={t('detail.traffic.list', { slug })}
        rows={data.items}
        columns={columnsFor(say)}
        rowId={({ id }) => id}
        rowName={(exchange) =>
          t('detail.traffic.rowName', {
            verdict: t(`kit.verdict.${verdictOf(exchange)}`),
            time: formatClock(exchange.startedAt),
            caller: callerOf(exchange),
            what: whatOf(exchange),
            status: String(exchange.response.status),
          })
        }
        selectedId={selected}
        onSelect={setSelected}
        onOpen={(id) => location.assign(exchangeAddress(id))}
      />
      <footer className="flex items-center gap-2 border-t border-line px-4 py-2">
        {data.nextCursor !== undefined && (
          <Button onClick={() => setLimit(limit + pageSize)} disabled={limit >= 500}>
            {t('detail.traffic.more')}
          </Button>
        )}
        <span className="grow" />
        <a href={filterAddress(`server:${slug}`)} className="text-accent underline">
          {t('detail.traffic.inspector')}
        </a>
      </footer>
    </div>
  )
}

function callerOf({ agent, caller }: Exchange): string {
  return agent ?? caller?.subject ?? '–'
}

function whatOf({ method, tool, request }: Exchange): string {
  return [method ?? `${request.httpMethod} ${request.path}`, tool]
    .filter((word) => word !== null && word !== undefined)
    .join(' · ')
}

function columnsFor(t: Translate): readonly Column<Exchange>[] {
  const mono = (text: string) => <span className="font-mono text-sm">{text}</span>
  return [
    {
      id: 'verdict',
      title: t('detail.traffic.column.verdict'),
      width: '4rem',
      cell: (exchange) => <VerdictBadge verdict={verdictOf(exchange)} glyphOnly />,
    },
    {
      id: 'time',
      title: t('detail.traffic.column.time'),
      width: '7rem',
      cell: ({ startedAt }) => mono(formatClock(startedAt)),
    },
    { id: 'caller', title: t('detail.traffic.column.caller'), width: 'minmax(5rem, 1fr)', cell: callerOf },
    {
      id: 'what',
      title: t('detail.traffic.column.what'),
      width: 'minmax(8rem, 3fr)',
      cell: (exchange) => mono(whatOf(exchange)),
    },
    {
      id: 'status',
      title: t('detail.traffic.column.status'),
      width: '4rem',
      cell: ({ response }) => mono(String(response.status)),
    },
    {
      id: 'duration',
      title: t('detail.traffic.column.duration'),
      width: '5rem',
      alignEnd: true,
      cell: ({ durationMs }) => mono(formatDuration(durationMs)),
    },
  ]
}
