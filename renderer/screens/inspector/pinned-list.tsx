/** The pinned calls, above the list and outside of what bounds it. */
import { PinOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Exchange } from '../../client/api.js'
import { Button, IconButton } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { showToast } from '../../components/toast.js'
import { rowNameOf } from './exchange-words.js'
import { togglePin, unpinAll, usePinnedCalls } from './pinned-calls.js'
import { RowCells } from './traffic-row.js'

export interface PinnedListProps {
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
}

export function PinnedList({ selectedId, onSelect }: PinnedListProps) {
  const { t } = useTranslation()
  const pinned = usePinnedCalls()
  if (pinned.length === 0) return null
  return (
    <section aria-label={t('inspector.pinned.title')} className="@container shrink-0 border-b-2 border-line bg-panel">
      <header className="flex h-7 items-center gap-2 px-3 text-xs font-semibold text-fg-2">
        <h2 className="grow text-xs">{t('inspector.pinned.count', { count: pinned.length })}</h2>
        <Button variant="quiet" onClick={() => showToast({ title: t('inspector.pinned.cleared'), undo: unpinAll() })}>
          {t('inspector.pinned.clear')}
        </Button>
      </header>
      <ul className="max-h-36 overflow-y-auto">
        {pinned.map((exchange) => (
          <PinnedRow
            key={exchange.id}
            exchange={exchange}
            isSelected={exchange.id === selectedId}
            onSelect={() => onSelect(exchange.id)}
          />
        ))}
      </ul>
    </section>
  )
}

function PinnedRow(props: {
  readonly exchange: Exchange
  readonly isSelected: boolean
  readonly onSelect: () => void
}) {
  const { t } = useTranslation()
  const { exchange, isSelected } = props
  return (
    <li className={classNames('flex items-center border-t border-line', isSelected ? 'bg-selected' : 'hover:bg-hover')}>
      <button
        type="button"
        aria-label={rowNameOf(exchange)}
        aria-current={isSelected ? 'true' : undefined}
        onClick={props.onSelect}
        className="flex h-7 min-w-0 grow items-center gap-x-2.5 ps-3 text-start -outline-offset-2"
      >
        <RowCells exchange={exchange} plain />
      </button>
      <IconButton label={t('inspector.pinned.unpin')} onClick={() => togglePin(exchange)}>
        <PinOff size={14} aria-hidden />
      </IconButton>
    </li>
  )
}
