import { Repeat2 } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import type { Exchange } from '../../client/api.js'
import { classNames } from '../../components/class-names.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatClock, formatDuration } from '../../strings/format.js'
import { agentOf, authNameOf, hasFailed, headerChanges, methodOf, rowNameOf, serverOf } from './exchange-words.js'
import { phaseColours, phasesOf } from './phases.js'

/** Widths and what is left out where there is no room, of the head and of every row. */
export const cells = {
  verdict: 'w-5 shrink-0',
  time: 'w-16 shrink-0',
  who: 'w-40 shrink min-w-20 @max-2xl:w-32 @max-xl:w-28',
  what: 'min-w-24 flex-1',
  status: 'w-11 shrink-0 text-end',
  auth: 'w-20 shrink-0 @max-3xl:hidden',
  headers: 'w-20 shrink-0 @max-2xl:hidden',
  duration: 'w-14 shrink-0 text-end',
  waterfall: 'w-16 shrink-0 @max-2xl:hidden',
} as const

export interface TrafficRowProps {
  readonly exchange: Exchange
  readonly index: number
  readonly domId: string
  readonly top: number
  readonly isSelected: boolean
  readonly isMarked: boolean
  readonly onPress: (id: string, index: number, marks: boolean) => void
}

/** One call on one line. Hundreds may come in a second: a row is drawn once, as an exchange does not change. */
export const TrafficRow = memo(function TrafficRow(props: TrafficRowProps) {
  const { exchange, isSelected, isMarked } = props
  const verdict = verdictOf(exchange)
  return (
    <div
      id={props.domId}
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={isSelected || isMarked}
      aria-label={rowNameOf(exchange)}
      data-id={exchange.id}
      data-active={isSelected ? '' : undefined}
      onClick={(event) => props.onPress(exchange.id, props.index, event.shiftKey || event.ctrlKey || event.metaKey)}
      className={classNames(
        'absolute inset-x-0 flex h-7 items-center gap-x-2.5 border-b border-line px-3 hover:bg-hover',
        verdict === 'deny' || verdict === 'stopped' ? 'bg-tint-deny' : verdict === 'unchecked' && 'bg-tint-open',
        isMarked && 'shadow-[inset_3px_0_0_var(--accent)]',
        'aria-selected:bg-selected data-active:group-focus-visible:outline-2 data-active:group-focus-visible:-outline-offset-2 data-active:group-focus-visible:outline-focus',
      )}
      style={{ transform: `translateY(${props.top}px)` }}
    >
      <RowCells exchange={exchange} />
    </div>
  )
})

/** @param plain outside of a grid, where cells are no cells */
export function RowCells({ exchange, plain = false }: { readonly exchange: Exchange; readonly plain?: boolean }) {
  const Cell = plain ? PlainCell : GridCell
  const failed = hasFailed(exchange)
  const mono = 'font-mono text-sm'
  const method = methodOf(exchange)
  return (
    <>
      <Cell className={classNames(cells.verdict, 'flex')}>
        <VerdictBadge verdict={verdictOf(exchange)} glyphOnly />
      </Cell>
      <Cell className={classNames(cells.time, mono, 'text-fg-2')}>{formatClock(exchange.startedAt)}</Cell>
      <Cell className={cells.who}>
        <bdi>{agentOf(exchange)}</bdi>
        <span className="text-fg-3"> › </span>
        <bdi>{serverOf(exchange)}</bdi>
      </Cell>
      <Cell className={classNames(cells.what, mono)}>
        {exchange.replayOf !== undefined && <Repeat2 size={12} aria-hidden className="me-1 inline text-accent" />}
        {exchange.tool === null ? (
          method
        ) : (
          <>
            {/* A name that turns the direction of writing turns nothing but itself. */}
            <bdi>{exchange.tool}</bdi> <span className="text-fg-3 @max-2xl:hidden">{method}</span>
          </>
        )}
      </Cell>
      <Cell className={classNames(cells.status, mono, failed && 'font-medium text-deny')}>
        {exchange.response.status === 0 ? '–' : exchange.response.status}
      </Cell>
      <Cell className={classNames(cells.auth, 'text-sm text-fg-2')}>{authNameOf(exchange) ?? '–'}</Cell>
      <Cell className={classNames(cells.headers, mono, 'text-fg-2')}>{headerChanges(exchange)}</Cell>
      <Cell className={classNames(cells.duration, mono)}>{formatDuration(exchange.durationMs)}</Cell>
      <Cell className={cells.waterfall}>
        <MiniWaterfall exchange={exchange} />
      </Cell>
    </>
  )
}

interface CellProps {
  readonly className: string
  readonly children: ReactNode
}

function PlainCell({ className, children }: CellProps) {
  return <span className={classNames('truncate', className)}>{children}</span>
}

function GridCell({ className, children }: CellProps) {
  return (
    <div role="gridcell" className={classNames('truncate', className)}>
      {children}
    </div>
  )
}

/** In the shape of a bar, where the time went. The timing tab says it in words. */
function MiniWaterfall({ exchange }: { readonly exchange: Exchange }) {
  const total = Math.max(exchange.timings.totalMs, 0.001)
  return (
    <svg
      aria-hidden
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      className="block h-2.5 w-full forced-color-adjust-none"
    >
      {phasesOf(exchange).map(({ name, startMs, durationMs }) => (
        <rect
          key={name}
          x={(startMs / total) * 100}
          width={(durationMs / total) * 100}
          height={10}
          fill="currentColor"
          className={phaseColours[name]}
        />
      ))}
    </svg>
  )
}
