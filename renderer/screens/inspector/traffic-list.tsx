/** The list with what it says while it is empty, is being read, or could not be. */
import { useTranslation } from 'react-i18next'
import { useQuery } from '@tanstack/react-query'
import { getStatusOptions } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { EmptyState } from '../../components/empty-state.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { defaultFilter } from './inspector-search.js'
import { TrafficGrid, type TrafficGridProps } from './traffic-grid.js'

export interface TrafficListProps extends Omit<TrafficGridProps, 'onOpen'> {
  readonly q: string
  readonly onShowAll: () => void
}

export function TrafficList({ q, onShowAll, ...grid }: TrafficListProps) {
  const { traffic, view } = grid
  if (view.problem !== undefined && view.rows.length === 0)
    return (
      <div className="p-4">
        <ErrorCard error={view.problem} onRetry={traffic.reload} quiet />
      </div>
    )
  if (view.state === 'loading')
    return (
      <div className="p-4">
        <Skeleton lines={8} />
      </div>
    )
  if (view.rows.length === 0)
    return q === '' || q === defaultFilter ? <NothingYet /> : <NothingFound onShowAll={onShowAll} />
  return (
    <TrafficGrid
      {...grid}
      onOpen={() => document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus()}
    />
  )
}

function NothingYet() {
  const { t } = useTranslation()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  return (
    <EmptyState
      title={t('inspector.empty.title')}
      text={
        <span className="flex items-center justify-center gap-1">
          {t('inspector.empty.text')} <code className="font-mono text-sm text-fg">{dataUrl}/mcp</code>
        </span>
      }
      action={<CopyButton text={`${dataUrl}/mcp`} what={t('home.address')} />}
    />
  )
}

function NothingFound({ onShowAll }: { readonly onShowAll: () => void }) {
  const { t } = useTranslation()
  return (
    <EmptyState
      title={t('inspector.empty.noMatch')}
      text={t('inspector.empty.noMatchText')}
      action={
        <Button variant="primary" onClick={onShowAll}>
          {t('inspector.empty.showAll')}
        </Button>
      }
    />
  )
}
