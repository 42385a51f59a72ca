/** What the control API's operations on exchanges, saved filters and settings do. */
import { exportMediaTypes, type GatewaySettings } from '../contract/exchange-schemas.js'
import { GatewayError } from '../contract/errors.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

type ExchangeOperation =
  | 'listExchanges'
  | 'exportExchanges'
  | 'getExchange'
  | 'clearExchanges'
  | 'replayExchange'
  | 'listIssuances'
  | 'getIssuance'
  | 'explain'

export function exchangeHandlers(services: ControlServices): HandlersOf<ExchangeOperation> {
  const { exchanges, issuances, explain } = services
  return {
    async listExchanges({ query }) {
      const { items, nextCursor } = await exchanges.list(query)
      return { json: { items: [...items], ...(nextCursor !== undefined && { nextCursor }) } }
    },
    exportExchanges({ query: { redact, format, ...query } }) {
      const isRedacted = redact !== 'false' && redact !== '0'
      return { type: exportMediaTypes[format], chunks: exchanges.export(query, { format, isRedacted }) }
    },
    async getExchange({ params }) {
      const exchange = await exchanges.get(params.id)
      if (exchange === undefined)
        throw new GatewayError('not_found', { detail: `No exchange has the id ${params.id}.` })
      return { json: exchange }
    },
    async clearExchanges() {
      await exchanges.clear()
      return undefined
    },
    replayExchange: async ({ params, body }) => ({ json: await exchanges.replay(params.id, body) }),
    async listIssuances({ query }) {
      const { items, ...more } = await issuances.list(query)
      return { json: { items: [...items], ...more } }
    },
    async getIssuance({ params }) {
      const issuance = await issuances.get(params.id)
      if (issuance === undefined)
        throw new GatewayError('not_found', { detail: `No issuance has the id ${params.id}.` })
      return { json: issuance }
    },
    explain: async ({ body }) => ({ json: await explain(body) }),
  }
}

type PreferenceOperation =
  'listSavedFilters' | 'getSavedFilter' | 'putSavedFilter' | 'removeSavedFilter' | 'getSettings' | 'patchSettings'

export function preferenceHandlers({ preferences, masked }: ControlServices): HandlersOf<PreferenceOperation> {
  return {
    listSavedFilters: async ({ query }) => ({
      json: listPage(await preferences.listFilters(), query, ({ name }) => name),
    }),
    async getSavedFilter({ params }) {
      const filter = await preferences.getFilter(params.name)
      if (filter === undefined) throw noFilter(params.name)
      return { json: filter }
    },
    async putSavedFilter({ params, body }) {
      // Somebody may look for a secret, and keep what they typed.
      const filter = await preferences.putFilter(params.name, await masked(body.q))
      return { status: filter.createdAt === filter.updatedAt ? 201 : 200, json: filter }
    },
    async removeSavedFilter({ params }) {
      if (!(await preferences.removeFilter(params.name))) throw noFilter(params.name)
      return undefined
    },
    getSettings: async () => ({ json: await preferences.settings() }),
    async patchSettings({ body }) {
      const before = await preferences.settings()
      const changed: GatewaySettings = {
        exchanges: { ...before.exchanges, ...defined(body.exchanges) },
        telemetry: { ...before.telemetry, ...defined(body.telemetry) },
      }
      await preferences.putSettings(changed)
      return { json: changed }
    },
  }
}

/** What was said, as a key that was left out must not undo what is set. */
function defined<T extends object>(part: T | undefined): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}

function noFilter(name: string): GatewayError {
  return new GatewayError('not_found', { detail: `No filter is saved as ${JSON.stringify(name)}.` })
}
