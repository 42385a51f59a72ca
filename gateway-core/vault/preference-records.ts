/** The tables of settings, and of the filters that people keep. */
import type { ExchangeSettings, SavedFilter } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'
import type { StoredSettings, TelemetrySettings } from './vault.js'

const defaultSettings: StoredSettings = {
  exchanges: { keep: 'vault', maxExchanges: 250_000, maxAgeDays: 30, maxBytes: 512 * 1024 * 1024 },
  telemetry: { otlpEndpoint: null },
}

export interface PreferenceRecords {
  settings(): StoredSettings
  /** Within a transaction. */
  putSettings(settings: StoredSettings): void
  /** By name. */
  listFilters(): readonly SavedFilter[]
  getFilter(name: string): SavedFilter | undefined
  /** Within a transaction. */
  putFilter(name: string, q: string): SavedFilter
  /** Within a transaction. @returns whether there was one */
  removeFilter(name: string): boolean
}

interface FilterRow {
  readonly name: string
  readonly q: string
  readonly created_at: string
  readonly updated_at: string
}

export function createPreferenceRecords(database: VaultDatabase): PreferenceRecords {
  const settings = database.prepare<[], { name: string; document: string }>('SELECT name, document FROM settings')
  const putSetting = database.prepare<[string, string]>(
    'INSERT INTO settings (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document',
  )
  const filters = database.prepare<[], FilterRow>('SELECT * FROM saved_filters ORDER BY name')
  const filter = database.prepare<[string], FilterRow>('SELECT * FROM saved_filters WHERE name = ?')
  const putFilter = database.prepare<FilterRow>(
    `INSERT INTO saved_filters (name, q, created_at, updated_at) VALUES (@name, @q, @created_at, @updated_at)
     ON CONFLICT (name) DO UPDATE SET q = excluded.q, updated_at = excluded.updated_at`,
  )
  const removeFilter = database.prepare<[string]>('DELETE FROM saved_filters WHERE name = ?')
  return {
    settings: () => {
      const kept = Object.fromEntries(settings.all().map(({ name, document }) => [name, JSON.parse(document)]))
      return {
        exchanges: { ...defaultSettings.exchanges, ...(kept['exchanges'] as Partial<ExchangeSettings> | undefined) },
        telemetry: { ...defaultSettings.telemetry, ...(kept['telemetry'] as Partial<TelemetrySettings> | undefined) },
      }
    },
    putSettings: (changed) => {
      for (const [name, document] of Object.entries(changed)) putSetting.run(name, JSON.stringify(document))
    },
    listFilters: () => filters.all().map(savedFilter),
    getFilter: (name) => {
      const row = filter.get(name)
      return row === undefined ? undefined : savedFilter(row)
    },
    putFilter: (name, q) => {
      const now = new Date().toISOString()
      const row = { name, q, created_at: filter.get(name)?.created_at ?? now, updated_at: now }
      putFilter.run(row)
      return savedFilter(row)
    },
    removeFilter: (name) => removeFilter.run(name).changes > 0,
  }
}

function savedFilter({ name, q, created_at, updated_at }: FilterRow): SavedFilter {
  return { name, q, createdAt: created_at, updatedAt: updated_at }
}
