/**
 * The calls, newest last. While its end is in sight it follows what comes; whoever scrolls away from there, or chooses a
 * row, reads in peace: rows that come move nothing, and a button tells how many they are.
 */
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react'
import { useTranslation } from 'react-i18next'
import type { Exchange } from '../../client/api.js'
import { classNames } from '../../components/class-names.js'
import { movedIndex } from '../../components/moved-index.js'
import { formatCount } from '../../strings/format.js'
import type { Traffic, TrafficView } from './live-traffic.js'
import { cells, TrafficRow } from './traffic-row.js'

const rowHeightPx = 28
/** So near the oldest row, in pixels, those before it are fetched. */
const loadOlderWithinPx = 400

export interface TrafficGridProps {
  readonly traffic: Traffic
  readonly view: TrafficView
  readonly selectedId: string | undefined
  readonly marked: ReadonlySet<string>
  readonly onSelect: (id: string) => void
  readonly onMark: (id: string) => void
  /** Enter: into what is beside the list. */
  readonly onOpen: () => void
}

export function TrafficGrid(props: TrafficGridProps) {
  const { t } = useTranslation()
  const { rows, arrived } = props.view
  const gridId = useId()
  const { scroller, follow, following, seen, onScroll, onWheel } = useTail(props)
  const { activeIndex, activate, virtualizer, onKeyDown } = useActiveRow(props, scroller, follow)
  const press = useLatest((id: string, index: number, marks: boolean): void => {
    if (marks) props.onMark(id)
    else activate(index)
  })
  const unseen = arrived + props.view.waiting - seen
  const domId = (index: number): string => `${gridId}-${index}`
  return (
    <div className="@container relative flex min-h-0 flex-1 flex-col">
      <div
        role="grid"
        aria-label={t('inspector.title')}
        aria-rowcount={rows.length + 1}
        aria-colcount={9}
        aria-multiselectable
        aria-activedescendant={activeIndex === undefined ? undefined : domId(activeIndex)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="group flex min-h-0 flex-1 flex-col -outline-offset-2"
      >
        <HeadRow />
        <div
          ref={scroller}
          role="rowgroup"
          tabIndex={-1}
          onScroll={onScroll}
          onWheel={onWheel}
          className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
        >
          <div role="presentation" className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const row = rows[index]
              return row === undefined ? null : (
                <TrafficRow
                  key={row.id}
                  exchange={row}
                  index={index}
                  domId={domId(index)}
                  top={start}
                  isSelected={index === activeIndex}
                  isMarked={props.marked.has(row.id)}
                  onPress={press}
                />
              )
            })}
          </div>
        </div>
      </div>
      {!following && unseen > 0 && <NewRows count={unseen} onPress={() => follow(true)} />}
    </div>
  )
}

/** The same function for as long as the component lives, so that rows need not be drawn anew. */
function useLatest<A extends readonly unknown[]>(run: (...values: A) => void): (...values: A) => void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  return useCallback((...values: A) => latest.current(...values), [])
}

/** Whether the end of the list is followed, and where it is scrolled to when rows come or go. */
function useTail({ traffic, view }: TrafficGridProps) {
  const { rows, arrived, waiting } = view
  const scroller = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)
  const [seen, setSeen] = useState(0)
  const lastTop = useRef(0)
  const before = useRef<readonly Exchange[]>(rows)
  const follow = (next: boolean): void => {
    if (next === following) return
    setFollowing(next)
    setSeen(arrived + waiting)
    traffic.setFollowing(next)
  }
  useLayoutEffect(() => {
    const element = scroller.current
    const shown = before.current
    before.current = rows
    if (element === null) return
    if (following) element.scrollTop = element.scrollHeight
    else if (shown !== rows) keepInPlace(element, shown, rows)
    lastTop.current = element.scrollTop
  })
  return {
    ...{ scroller, follow, following, seen },
    onScroll(): void {
      const element = scroller.current
      if (element === null) return
      const { scrollTop, scrollHeight, clientHeight } = element
      if (scrollHeight - clientHeight - scrollTop <= 1) follow(true)
      else if (scrollTop < lastTop.current) follow(false)
      lastTop.current = scrollTop
      if (scrollTop < loadOlderWithinPx && view.hasOlder && scrollHeight > clientHeight) traffic.loadOlder()
    },
    onWheel(event: { readonly deltaY: number }): void {
      const element = scroller.current
      if (event.deltaY < 0 && element !== null && element.scrollTop > 0) follow(false)
    },
  }
}

/** Scrolls by as much as the topmost row in sight has moved. */
function keepInPlace(element: HTMLElement, before: readonly Exchange[], rows: readonly Exchange[]): void {
  const topIndex = Math.floor(element.scrollTop / rowHeightPx)
  const topId = before[topIndex]?.id
  if (topId === undefined || rows[topIndex]?.id === topId) return
  const index = rows.findIndex(({ id }) => id === topId)
  if (index !== -1) element.scrollTop += (index - topIndex) * rowHeightPx
}

function useActiveRow(
  props: TrafficGridProps,
  scroller: RefObject<HTMLDivElement | null>,
  follow: (next: boolean) => void,
) {
  const { rows } = props.view
  const [activeId, setActiveId] = useState(props.selectedId)
  const told = useRef<(string | undefined)[]>([])
  useEffect(() => {
    // What was chosen here is known, and perhaps no longer the latest; anything else was chosen elsewhere.
    if (!told.current.includes(props.selectedId)) setActiveId(props.selectedId)
    if (told.current.at(-1) === props.selectedId) told.current = []
  }, [props.selectedId])
  const found = indexOf(rows, activeId)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 6,
    // The active row always exists, as the grid refers to it.
    rangeExtractor: useCallback(
      (range: Range) =>
        found === undefined ? defaultRangeExtractor(range) : [...new Set([...defaultRangeExtractor(range), found])],
      [found],
    ),
  })
  const activate = (index: number): void => {
    const id = rows[index]?.id
    if (id === undefined) return
    const element = scroller.current
    if (element !== null && element.scrollHeight > element.clientHeight) follow(false)
    setActiveId(id)
    told.current.push(id)
    props.onSelect(id)
    virtualizer.scrollToIndex(index)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movedIndex(
      event,
      found ?? (event.key === 'ArrowUp' || event.key === 'k' ? rows.length : -1),
      rows.length,
    )
    if (next !== undefined) activate(next)
    if (event.key === 'End') follow(true)
    else if (event.key === 'Enter') props.onOpen()
    else if (event.key === ' ' && activeId !== undefined) props.onMark(activeId)
    else if (next === undefined) return
    event.preventDefault()
  }
  return { activeIndex: found, activate, virtualizer, onKeyDown }
}

/** Where a row is; one that is looked at is mostly among the newest. */
function indexOf(rows: readonly Exchange[], id: string | undefined): number | undefined {
  if (id === undefined) return undefined
  const index = rows.findLastIndex((row) => row.id === id)
  return index === -1 ? undefined : index
}

function HeadRow() {
  const { t } = useTranslation()
  return (
    <div role="rowgroup" className="shrink-0 border-b border-line bg-bg">
      <div
        role="row"
        aria-rowindex={1}
        className="flex h-6 items-center gap-x-2.5 px-3 text-xs font-semibold text-fg-2"
      >
        {(Object.keys(cells) as (keyof typeof cells)[]).map((name) => (
          <div key={name} role="columnheader" className={classNames('truncate', cells[name])}>
            {name === 'verdict' ? (
              <span className="sr-only">{t('inspector.column.verdict')}</span>
            ) : (
              t(`inspector.column.${name}`)
            )}
          </div>
        ))}
      </div>
    </div>
  )
}

/** How many came since somebody scrolled away; pressed, leads to them. */
function NewRows({ count, onPress }: { readonly count: number; readonly onPress: () => void }) {
  const { t } = useTranslation()
  return (
    <button
      type="button"
      onClick={onPress}
      className="absolute end-4 bottom-3 z-10 flex h-7 items-center gap-1.5 rounded-full border border-line-strong bg-raised px-3 text-sm font-medium text-accent shadow-overlay hover:bg-hover"
    >
      <ArrowDown size={14} aria-hidden />
      {t('inspector.newRows', { count, shown: formatCount(count) })}
    </button>
  )
}
