/** The tables of profiles and servers. */
import type { ProfileSettings, Server } from '../contract/profile.js'
import type { VaultDatabase } from './database.js'
import type { Configuration, ConfigurationChange, StoredServer } from './vault.js'

interface ProfileRow {
  readonly name: string
  readonly settings: string
  readonly updated_at: string
}

interface ServerRow {
  readonly slug: string
  readonly profile: string
  readonly config: string
  readonly approved_command: string | null
  readonly created_at: string
  readonly updated_at: string
}

export interface ConfigurationRecords {
  load(): Configuration
  /** Within a transaction. Secrets of the change are not its concern. */
  change(change: ConfigurationChange): void
}

export function createConfigurationRecords(database: VaultDatabase): ConfigurationRecords {
  const profiles = database.prepare<[], ProfileRow>('SELECT * FROM profiles ORDER BY name')
  const servers = database.prepare<[], ServerRow>('SELECT * FROM servers ORDER BY slug')
  const putProfile = database.prepare('INSERT OR REPLACE INTO profiles (name, settings, updated_at) VALUES (?, ?, ?)')
  const putServer = database.prepare(
    'INSERT OR REPLACE INTO servers (slug, profile, config, approved_command, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const removeProfile = database.prepare('DELETE FROM profiles WHERE name = ?')
  const removeServer = database.prepare('DELETE FROM servers WHERE slug = ?')
  return {
    load: () => ({
      profiles: profiles.all().map((row) => ({
        name: row.name,
        settings: JSON.parse(row.settings) as ProfileSettings,
        updatedAt: row.updated_at,
      })),
      servers: servers.all().map(serverOf),
    }),
    change: (change) => {
      for (const name of change.removeProfiles ?? []) removeProfile.run(name)
      for (const slug of change.removeServers ?? []) removeServer.run(slug)
      for (const { name, settings, updatedAt } of change.putProfiles ?? [])
        putProfile.run(name, JSON.stringify(settings), updatedAt)
      for (const { slug, profile, config, approvedCommand, createdAt, updatedAt } of change.putServers ?? [])
        putServer.run(slug, profile, JSON.stringify(config), approvedCommand ?? null, createdAt, updatedAt)
    },
  }
}

function serverOf(row: ServerRow): StoredServer {
  return {
    slug: row.slug,
    profile: row.profile,
    config: JSON.parse(row.config) as Server,
    ...(row.approved_command !== null && { approvedCommand: row.approved_command }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
