/**
 * The calls that a filter lets through, oldest first: those that are kept, and those that come while somebody looks. It is
 * outside the cache of answers, as there may be hundreds a second.
 */
import { api, problemOf, type ApiProblem, type Exchange } from '../../client/api.js'

export interface TrafficView {
  readonly rows: readonly Exchange[]
  readonly state: 'loading' | 'ready' | 'failed'
  readonly problem: ApiProblem | undefined
  /** How many have come so far; only ever grows. */
  readonly arrived: number
  /** How many wait to be shown. */
  readonly waiting: number
  readonly paused: boolean
  readonly hasOlder: boolean
}

export interface Traffic {
  readonly subscribe: (listener: () => void) => () => void
  readonly get: () => TrafficView
  /** Reads what is kept and listens, until the returned function is called. */
  readonly open: () => () => void
  /** What comes while it is paused waits, and is shown afterwards. */
  readonly setPaused: (paused: boolean) => void
  /** Whether the newest are looked at. While they are not, no row is taken away to make room. */
  readonly setFollowing: (following: boolean) => void
  /** Empties the view; nothing is forgotten. @returns puts the rows back */
  readonly clear: () => () => void
  readonly loadOlder: () => void
  readonly reload: () => void
}

const maxRows = 10_000
const maxWaiting = 5_000
const pageRows = 200
/** Rows that come within this time, in milliseconds, are shown at once. */
const showEveryMs = 60
const firstRetryMs = 500
const longestRetryMs = 10_000

interface Changing {
  view: TrafficView
  arrivals: Exchange[]
  following: boolean
  /** More came than may wait; what was left out is read again. */
  overflowed: boolean
  cursor: string | undefined
  known: Set<string>
}

export function createTraffic(q: string): Traffic {
  const listeners = new Set<() => void>()
  const state: Changing = {
    view: {
      rows: [],
      state: 'loading',
      problem: undefined,
      arrived: 0,
      waiting: 0,
      paused: false,
      hasOlder: false,
    },
    arrivals: [],
    following: true,
    overflowed: false,
    cursor: undefined,
    known: new Set(),
  }
  const change = (changed: Partial<TrafficView>): void => {
    state.view = { ...state.view, ...changed }
    for (const listener of listeners) listener()
  }
  const read = async (): Promise<void> => {
    try {
      const { data } = await api.listExchanges({ query: { q, limit: pageRows }, throwOnError: true })
      takeNewest(state, data.items, data.nextCursor, change)
    } catch (error) {
      change({ state: 'failed', problem: problemOf(error, 0) })
    }
  }
  const show = (): void => showArrivals(state, change, () => void read())
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get: () => state.view,
    open: () => listen(q, { onOpen: () => void read(), onExchange: (exchange) => state.arrivals.push(exchange), show }),
    setPaused(paused) {
      change({ paused })
      show()
    },
    setFollowing(following) {
      if (state.following === following) return
      state.following = following
      if (following) show()
    },
    clear() {
      const { rows, hasOlder } = state.view
      change({ rows: [], hasOlder: false })
      return () => change({ rows: [...rows, ...state.view.rows], hasOlder })
    },
    loadOlder: () => void loadOlder(q, state, change),
    reload: () => void read(),
  }
}

interface Ear {
  readonly onOpen: () => void
  readonly onExchange: (exchange: Exchange) => void
  readonly show: () => void
}

/** A stream of its own, as only the gateway can tell whether a filter's words are in a body. */
function listen(q: string, { onOpen, onExchange, show }: Ear): () => void {
  let source: EventSource | undefined
  let retryMs = firstRetryMs
  let retry: ReturnType<typeof setTimeout> | undefined
  let showing: ReturnType<typeof setTimeout> | undefined
  const connect = (): void => {
    source = new EventSource(`/api/v1/events?filter=${encodeURIComponent(q)}`)
    source.addEventListener('open', () => {
      retryMs = firstRetryMs
      onOpen()
    })
    source.addEventListener('exchange', (event) => {
      onExchange(JSON.parse(String(event.data)) as Exchange)
      showing ??= setTimeout(() => {
        showing = undefined
        show()
      }, showEveryMs)
    })
    source.addEventListener('error', () => {
      source?.close()
      retry = setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    })
  }
  connect()
  return () => {
    clearTimeout(retry)
    clearTimeout(showing)
    source?.close()
  }
}

type Change = (changed: Partial<TrafficView>) => void

function showArrivals(state: Changing, change: Change, readAgain: () => void): void {
  const { view, arrivals } = state
  if (view.paused || (!state.following && view.rows.length + arrivals.length > maxRows)) {
    const excess = arrivals.length - maxWaiting
    if (excess > 0) {
      arrivals.splice(0, excess)
      state.overflowed = true
    }
    if (view.waiting !== arrivals.length) change({ waiting: arrivals.length })
    return
  }
  if (state.overflowed) {
    state.overflowed = false
    arrivals.length = 0
    change({ waiting: 0 })
    readAgain()
    return
  }
  const fresh = arrivals.filter(({ id }) => !state.known.has(id))
  arrivals.length = 0
  if (fresh.length === 0) {
    if (view.waiting > 0) change({ waiting: 0 })
    return
  }
  setRows(state, [...view.rows, ...fresh], change, { waiting: 0, arrived: view.arrived + fresh.length })
}

/** The oldest go where there are too many. */
function setRows(state: Changing, rows: readonly Exchange[], change: Change, rest: Partial<TrafficView> = {}): void {
  const kept = rows.length > maxRows ? rows.slice(rows.length - maxRows) : rows
  state.known = new Set(kept.map(({ id }) => id))
  change({ ...rest, rows: kept, ...(kept.length >= maxRows && { hasOlder: false }) })
}

/** After a break, what was missed is added; where more was missed than was read, the list begins anew. */
function takeNewest(
  state: Changing,
  newestFirst: readonly Exchange[],
  nextCursor: string | undefined,
  change: Change,
): void {
  const items = newestFirst.toReversed()
  const { rows, arrived } = state.view
  const overlaps = items.some(({ id }) => state.known.has(id))
  const fresh = overlaps ? items.filter(({ id }) => !state.known.has(id)) : items
  if (!overlaps) state.cursor = nextCursor
  setRows(state, overlaps ? [...rows, ...fresh] : items, change, {
    state: 'ready',
    problem: undefined,
    arrived: arrived + fresh.length,
    hasOlder: state.cursor !== undefined,
  })
}

async function loadOlder(q: string, state: Changing, change: Change): Promise<void> {
  const { cursor } = state
  if (cursor === undefined || state.view.rows.length >= maxRows) return
  state.cursor = undefined
  try {
    const { data } = await api.listExchanges({ query: { q, cursor, limit: pageRows }, throwOnError: true })
    state.cursor = data.nextCursor
    const older = data.items.toReversed().filter(({ id }) => !state.known.has(id))
    const rows = [...older, ...state.view.rows].slice(0, maxRows)
    setRows(state, rows, change, { hasOlder: data.nextCursor !== undefined })
  } catch (error) {
    state.cursor = cursor
    change({ problem: problemOf(error, 0) })
  }
}
