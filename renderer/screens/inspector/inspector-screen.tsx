/** Every call through the gateway, live: found by a filter, opened, explained, compared, repeated, taken along. */
import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useCommand } from '../../commands/use-command.js'
import { Splitter } from '../../components/splitter.js'
import { useMarkDenialsRead } from '../../features/exchanges/unread-denials.js'
import { ComparePane } from './compare-pane.js'
import { DenialAnnouncer } from './denial-announcer.js'
import { ExchangePane } from './exchange-pane.js'
import { InspectorBar } from './inspector-bar.js'
import { defaultFilter, type InspectorSearch } from './inspector-search.js'
import { createTraffic } from './live-traffic.js'
import { PinnedList } from './pinned-list.js'
import { TrafficList } from './traffic-list.js'

const route = getRouteApi('/inspector')
/** The address follows the choice when it has rested for this long, in milliseconds. */
const restMs = 120

export function InspectorScreen() {
  const { t } = useTranslation()
  const search = route.useSearch()
  const q = search.q ?? defaultFilter
  const traffic = useMemo(() => createTraffic(q), [q])
  useEffect(() => traffic.open(), [traffic])
  const view = useSyncExternalStore(traffic.subscribe, traffic.get)
  const { change, changeSoon } = useChange()
  const { marked, mark, unmark } = useMarks()
  useMarkDenialsRead()
  const compare = (): void => {
    const [first, second] = [...marked, ...(search.selected === undefined ? [] : [search.selected])].slice(-2)
    if (first !== undefined && second !== undefined && first !== second) change({ selected: first, compare: second })
  }
  useCommand('compare', compare)
  useCommand('mark', () => search.selected !== undefined && mark(search.selected), search.selected !== undefined)
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <h1 className="sr-only">{t('inspector.title')}</h1>
      <InspectorBar
        {...{ q, traffic, view, compare }}
        marked={marked.size}
        onFilter={(next) => change({ q: next })}
        onUnmark={unmark}
      />
      <DenialAnnouncer rows={view.rows} />
      <Splitter
        name="inspector"
        main={
          <>
            <PinnedList selectedId={search.selected} onSelect={(id) => change({ selected: id, compare: undefined })} />
            <TrafficList
              key={q}
              {...{ q, traffic, view, marked }}
              selectedId={search.selected}
              onSelect={(id) => changeSoon({ selected: id, compare: undefined })}
              onMark={mark}
              onShowAll={() => change({ q: '' })}
            />
          </>
        }
        detail={
          search.selected === undefined ? undefined : search.compare === undefined ? (
            <ExchangePane
              id={search.selected}
              tab={search.tab ?? 'summary'}
              onTab={(tab) => change({ tab })}
              onClose={() => change({ selected: undefined })}
            />
          ) : (
            <ComparePane
              leftId={search.selected}
              rightId={search.compare}
              onClose={() => change({ compare: undefined })}
            />
          )
        }
      />
    </div>
  )
}

/** Rows that were marked, to be compared. */
function useMarks() {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  return {
    marked,
    mark(id: string): void {
      const next = new Set(marked)
      if (!next.delete(id)) next.add(id)
      setMarked(next)
    },
    unmark: () => setMarked(new Set()),
  }
}

type Changed = { readonly [K in keyof InspectorSearch]?: InspectorSearch[K] | undefined }

/** Changes the address, at once or when nothing follows for a moment: whoever holds a key down passes many rows. */
function useChange() {
  const navigate = route.useNavigate()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const waiting = useRef<Changed>({})
  const change = useCallback(
    (changed: Changed): void => {
      clearTimeout(timer.current)
      const all = { ...waiting.current, ...changed }
      waiting.current = {}
      void navigate({
        search: (before: InspectorSearch) =>
          Object.fromEntries(Object.entries({ ...before, ...all }).filter(([, value]) => value !== undefined)),
        replace: true,
      })
    },
    [navigate],
  )
  const changeSoon = useCallback(
    (changed: Changed): void => {
      clearTimeout(timer.current)
      waiting.current = { ...waiting.current, ...changed }
      timer.current = setTimeout(() => change({}), restMs)
    },
    [change],
  )
  useEffect(() => () => clearTimeout(timer.current), [])
  return { change, changeSoon }
}
