/** Part of the composition root: what the control port does with recorded exchanges. */
import type { ExchangeServices } from './control-port/control-services.js'
import { GatewayError } from './contract/errors.js'
import type { ExchangeQuery, ExchangeSummary } from './contract/exchange.js'
import type { Recorder } from './inspector/recorder.js'
import type { Vault } from './vault/vault.js'

const defaultLimit = 50
/** How long one answer may search; then it comes with what was found, and a cursor. */
const searchMs = 10_000

export function assembleExchanges(vault: Pick<Vault, 'exchanges'>, recorder: Recorder): ExchangeServices {
  const list = async (query: ExchangeQuery): ReturnType<ExchangeServices['list']> => {
    await recorder.flush()
    return searchToEnd(vault, query)
  }
  return {
    list,
    get: async (id) => (await recorder.flush(), vault.exchanges.get(id)),
    clear: async () => (await recorder.flush(), vault.exchanges.clear()),
    export: () => {
      throw new GatewayError('not_supported')
    },
    replay: async () => {
      throw new GatewayError('not_supported')
    },
  }
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
    const page = await exchanges.list({
      ...query,
      limit: limit - items.length,
      ...(cursor !== undefined && { cursor }),
    })
    items.push(...page.items)
    cursor = page.nextCursor
    if (page.isPartial !== true || cursor === undefined || items.length >= limit || performance.now() > endMs)
      return { items, ...(cursor !== undefined && { nextCursor: cursor }) }
  }
}
