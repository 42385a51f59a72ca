/** Part of the composition root: what the control port does with recorded exchanges. */
import type { AssembledRecording } from './assemble-recording.js'
import type { ExchangeServices } from './control-port/control-services.js'
import { GatewayError } from './contract/errors.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from './contract/exchange.js'
import { exportExchanges } from './inspector/export/export-exchanges.js'
import type { PipelinePorts } from './pipeline/ports.js'
import { replayExchange } from './pipeline/replay.js'
import { callAsLocal } from './pipeline/send-own.js'
import type { Vault } from './vault/vault.js'
import { version } from './version.js'

const defaultLimit = 50
const exportLimit = 10_000
const exportPage = 100
/** How long one answer may search; then it comes with what was found, and a cursor. */
const searchMs = 10_000

/** @param dataUrl of the data port */
export function assembleExchanges(
  vault: Pick<Vault, 'exchanges'>,
  { recorder, isOn }: Pick<AssembledRecording, 'recorder' | 'isOn'>,
  pipeline: PipelinePorts,
  dataUrl: string,
): ExchangeServices {
  const list: ExchangeServices['list'] = async (query) => {
    await recorder.flush()
    return searchToEnd(vault, query)
  }
  const get: ExchangeServices['get'] = async (id) => {
    await recorder.flush()
    return vault.exchanges.get(id)
  }
  const whole = async (id: string): Promise<Exchange> => {
    const exchange = await get(id)
    if (exchange === undefined) throw new GatewayError('not_found', { detail: `No exchange has the id ${id}.` })
    return exchange
  }
  const recorded = async (send: () => Promise<string>): Promise<Exchange> => {
    if (!isOn)
      throw new GatewayError('conflict', {
        detail: 'Nothing is recorded here, so that no answer could be shown.',
        fix: 'Start the gateway without --no-recording.',
      })
    const since = new Date(Date.now() - 1).toISOString()
    const requestId = await send()
    const found = await list({ q: `lane:mcp request:${requestId}`, since, limit: 1 })
    const [made] = found.items
    if (made === undefined) throw new GatewayError('internal', { detail: 'It was sent, and not recorded.' })
    return whole(made.id)
  }
  return {
    list,
    get,
    clear: async () => {
      await recorder.flush()
      await vault.exchanges.clear()
    },
    export: (query, form) => exportExchanges(newest(query, list, get), { ...form, version, origin: dataUrl }),
    replay: async (id, change) => {
      const exchange = await whole(id)
      return recorded(() => replayExchange(exchange, change, pipeline))
    },
    call: (slug, call) => recorded(() => callAsLocal(slug, call, pipeline)),
  }
}

/** Whole exchanges, read one after the other. */
async function* newest(
  query: ExchangeQuery,
  list: ExchangeServices['list'],
  get: ExchangeServices['get'],
): AsyncIterable<Exchange> {
  let left = query.limit ?? exportLimit
  let { cursor } = query
  do {
    const page = await list({ ...query, limit: Math.min(left, exportPage), ...(cursor !== undefined && { cursor }) })
    for (const { id } of page.items) {
      const exchange = await get(id)
      if (exchange !== undefined) yield exchange
    }
    left -= page.items.length
    cursor = page.nextCursor
  } while (cursor !== undefined && left > 0)
}

/** The vault's thread gives what it finds in a moment, so that others get their turn in between. */
async function searchToEnd(
  { exchanges }: Pick<Vault, 'exchanges'>,
  query: ExchangeQuery,
): Promise<{ readonly items: readonly ExchangeSummary[]; readonly nextCursor?: string }> {
  const items: ExchangeSummary[] = []
  const limit = query.limit ?? defaultLimit
  const endMs = performance.now() + searchMs
  let { cursor } = query
  for (;;) {
    const rest = { ...query, limit: limit - items.length }
    const page = await exchanges.list({ ...rest, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
    if (page.isPartial !== true || cursor === undefined || items.length >= limit || performance.now() > endMs)
      return { items, ...(cursor !== undefined && { nextCursor: cursor }) }
  }
}
