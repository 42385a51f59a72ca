/**
 * Rows and columns, of which only those in sight exist. One row is active; the arrow keys, j and k move it, Enter opens
 * it. What is chosen is an id: rows that come and go never move the choice, and the row that is looked at stays in place.
 */
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual'
import { useCallback, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { classNames } from './class-names.js'
import { useRowHeightPx } from '../theme/density.js'
import { movedIndex } from './moved-index.js'
import { useSteadyScroll } from './use-steady-scroll.js'
import { useWidth } from './use-width.js'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** A grid track: `minmax(8rem, 2fr)`, `5rem`. */
  readonly width: string
  readonly cell: (row: Row) => ReactNode
  readonly alignEnd?: boolean
  /** Left out while the grid is narrower than this, in pixels. What only such a column says must be elsewhere too. */
  readonly shownFromPx?: number
}

export interface DataGridProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowId: (row: Row) => string
  /** The row in one sentence, as it is read out. */
  readonly rowName: (row: Row) => string
  readonly selectedId?: string | undefined
  /** The row was moved to or clicked. */
  readonly onSelect?: (id: string) => void
  /** Enter, or a double click. */
  readonly onOpen?: (id: string) => void
  /** Any other key on the active row. Prevent its default where it did something. */
  readonly onRowKey?: (event: KeyboardEvent, row: Row) => void
  readonly rowClassName?: (row: Row) => string | undefined
  /** Of a dense row. */
  readonly rowHeightPx?: number
  /** Shown in place of rows where there are none. */
  readonly empty?: ReactNode
}

export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { rows, rowId } = props
  const rowHeightPx = useRowHeightPx(props.rowHeightPx ?? 28)
  const gridId = useId()
  const { scroller, virtualizer, activeIndex, activate, onKeyDown } = useGridRows(props, rowHeightPx)
  const widthPx = useWidth(scroller)
  const columns = props.columns.filter(({ shownFromPx = 0 }) => shownFromPx <= widthPx)
  const tracks = columns.map(({ width }) => width).join(' ')
  const domId = (index: number): string => `${gridId}-${index}`
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={rows.length === 0 ? undefined : domId(activeIndex)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="group flex min-h-0 flex-1 flex-col -outline-offset-2"
      >
        <HeaderRow columns={columns} tracks={tracks} />
        <div
          ref={scroller}
          role="rowgroup"
          tabIndex={-1}
          className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none]"
        >
          <div role="presentation" className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const row = rows[index]
              return row === undefined ? null : (
                <BodyRow
                  key={rowId(row)}
                  grid={props}
                  columns={columns}
                  row={row}
                  index={index}
                  domId={domId(index)}
                  tracks={tracks}
                  place={{ height: rowHeightPx, transform: `translateY(${start}px)` }}
                  isActive={index === activeIndex}
                  onActivate={() => activate(index)}
                />
              )
            })}
          </div>
        </div>
      </div>
      {rows.length === 0 && <div className="flex-1">{props.empty}</div>}
    </div>
  )
}

/** Which rows exist, which one is active, and what keys do. */
function useGridRows<Row>(props: DataGridProps<Row>, rowHeightPx: number) {
  const { rows, rowId } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [activeId, setActiveId] = useState<string>()
  const found = rows.findIndex((row) => rowId(row) === (activeId ?? props.selectedId))
  const activeIndex = found === -1 ? 0 : found
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 8,
    // The active row always exists, as the grid refers to it.
    rangeExtractor: useCallback(
      (range: Range) =>
        [...new Set([...defaultRangeExtractor(range), activeIndex])].filter((index) => index < range.count),
      [activeIndex],
    ),
  })
  useSteadyScroll(scroller, rows, rowId, rowHeightPx)
  const activate = (index: number): void => {
    const row = rows[index]
    if (row === undefined) return
    setActiveId(rowId(row))
    props.onSelect?.(rowId(row))
    virtualizer.scrollToIndex(index)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[activeIndex]
    if (row === undefined) return
    const next = movedIndex(event, activeIndex, rows.length)
    if (next !== undefined) activate(next)
    else if (event.key === 'Enter' && props.onOpen !== undefined) props.onOpen(rowId(row))
    else return props.onRowKey?.(event, row)
    event.preventDefault()
  }
  return { scroller, virtualizer, activeIndex, activate, onKeyDown }
}

interface BodyRowProps<Row> {
  readonly grid: DataGridProps<Row>
  readonly columns: readonly Column<Row>[]
  readonly row: Row
  readonly index: number
  readonly domId: string
  readonly tracks: string
  readonly place: { readonly height: number; readonly transform: string }
  readonly isActive: boolean
  readonly onActivate: () => void
}

function BodyRow<Row>({ grid, columns, row, index, domId, tracks, place, isActive, onActivate }: BodyRowProps<Row>) {
  const id = grid.rowId(row)
  return (
    <div
      id={domId}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={id === grid.selectedId}
      aria-label={grid.rowName(row)}
      data-active={isActive ? '' : undefined}
      onClick={onActivate}
      onDoubleClick={() => grid.onOpen?.(id)}
      className={classNames(
        'absolute inset-x-0 grid items-center gap-x-3 border-b border-line px-4 hover:bg-hover aria-selected:bg-selected',
        'data-active:group-focus-visible:outline-2 data-active:group-focus-visible:-outline-offset-2 data-active:group-focus-visible:outline-focus',
        grid.rowClassName?.(row),
      )}
      style={{ gridTemplateColumns: tracks, ...place }}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={classNames('min-w-0 truncate', column.alignEnd && 'text-end')}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  )
}

function HeaderRow<Row>({ columns, tracks }: { readonly columns: readonly Column<Row>[]; readonly tracks: string }) {
  return (
    <div role="rowgroup" className="shrink-0 border-b border-line bg-bg">
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-7 items-center gap-x-3 px-4 text-xs font-semibold text-fg-2"
        style={{ gridTemplateColumns: tracks }}
      >
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            className={classNames('min-w-0 truncate', column.alignEnd && 'text-end')}
          >
            {column.title}
          </div>
        ))}
      </div>
    </div>
  )
}
