/** The tables of profiles, servers and policies. */
import type { Statement } from 'better-sqlite3'
import type { ProfileSettings, Server } from '../contract/profile.js'
import type { VaultDatabase } from './database.js'
import type { Manifest, RowIdentity } from './manifest.js'
import type { Configuration, ConfigurationChange, StoredPolicy, StoredProfile, StoredServer } from './vault.js'

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

interface PolicyRow {
  readonly name: string
  readonly text: string
  readonly updated_at: string
}

/** Methods that write are called within a transaction. */
export class ConfigurationRecords {
  private readonly profiles: Statement<[], ProfileRow>
  private readonly servers: Statement<[], ServerRow>
  private readonly profile: Statement<[string], ProfileRow>
  private readonly server: Statement<[string], ServerRow>
  private readonly putProfile: Statement<ProfileRow>
  private readonly putServer: Statement<ServerRow>
  private readonly removeProfile: Statement<[string]>
  private readonly removeServer: Statement<[string]>
  private readonly stopped: Statement<[], { readonly value: string }>
  private readonly putStopped: Statement<[string]>
  private readonly policies: Statement<[], PolicyRow>
  private readonly policy: Statement<[string], PolicyRow>
  private readonly putPolicy: Statement<PolicyRow>
  private readonly removePolicy: Statement<[string]>

  constructor(
    database: VaultDatabase,
    private readonly manifest: Manifest,
  ) {
    this.profiles = database.prepare('SELECT * FROM profiles ORDER BY name')
    this.servers = database.prepare('SELECT * FROM servers ORDER BY slug')
    this.profile = database.prepare('SELECT * FROM profiles WHERE name = ?')
    this.server = database.prepare('SELECT * FROM servers WHERE slug = ?')
    this.putProfile = database.prepare(
      'INSERT OR REPLACE INTO profiles (name, settings, updated_at) VALUES (@name, @settings, @updated_at)',
    )
    this.putServer = database.prepare(`
      INSERT OR REPLACE INTO servers (slug, profile, config, approved_command, created_at, updated_at)
      VALUES (@slug, @profile, @config, @approved_command, @created_at, @updated_at)`)
    this.removeProfile = database.prepare('DELETE FROM profiles WHERE name = ?')
    this.removeServer = database.prepare('DELETE FROM servers WHERE slug = ?')
    this.stopped = database.prepare("SELECT value FROM meta WHERE key = 'stopped_servers'")
    this.putStopped = database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('stopped_servers', ?)")
    this.policies = database.prepare('SELECT * FROM policies ORDER BY name')
    this.policy = database.prepare('SELECT * FROM policies WHERE name = ?')
    this.putPolicy = database.prepare(
      'INSERT INTO policies (name, text, updated_at) VALUES (@name, @text, @updated_at)',
    )
    this.removePolicy = database.prepare('DELETE FROM policies WHERE name = ?')
  }

  load(): Configuration {
    return {
      profiles: this.profiles.all().map(profileOf),
      servers: this.servers.all().map(serverOf),
      stoppedServers: this.stoppedServers(),
      policies: this.policies.all().map(policyOf),
    }
  }

  /** Secrets of the change are not its concern. */
  change(change: ConfigurationChange): void {
    const removed: RowIdentity[] = []
    const added: RowIdentity[] = []
    for (const name of [
      ...(change.removeProfiles ?? []),
      ...(change.putProfiles ?? []).map((profile) => profile.name),
    ]) {
      const row = this.profile.get(name)
      if (row !== undefined) removed.push(profileIdentity(row))
      this.removeProfile.run(name)
    }
    for (const slug of [...(change.removeServers ?? []), ...(change.putServers ?? []).map((server) => server.slug)]) {
      const row = this.server.get(slug)
      if (row !== undefined) removed.push(serverIdentity(row))
      this.removeServer.run(slug)
    }
    for (const profile of change.putProfiles ?? []) {
      const row = { name: profile.name, settings: JSON.stringify(profile.settings), updated_at: profile.updatedAt }
      this.putProfile.run(row)
      added.push(profileIdentity(row))
    }
    for (const server of change.putServers ?? []) {
      const row = rowOf(server)
      this.putServer.run(row)
      added.push(serverIdentity(row))
    }
    this.changePolicies(change, removed, added)
    this.manifest.change(removed, added)
    this.changeStopped(change)
  }

  private changeStopped({ stopServers = [], startServers = [], removeServers = [] }: ConfigurationChange): void {
    const before = this.stoppedServers()
    const after = new Set([...before, ...stopServers])
    for (const slug of [...startServers, ...removeServers]) after.delete(slug)
    if (after.size !== before.length || stopServers.some((slug) => !before.includes(slug)))
      this.putStopped.run(JSON.stringify([...after]))
  }

  private stoppedServers(): readonly string[] {
    return JSON.parse(this.stopped.get()?.value ?? '[]') as string[]
  }

  identities(): readonly RowIdentity[] {
    return [
      ...this.profiles.all().map(profileIdentity),
      ...this.servers.all().map(serverIdentity),
      ...this.policies.all().map(policyIdentity),
    ]
  }

  private changePolicies(change: ConfigurationChange, removed: RowIdentity[], added: RowIdentity[]): void {
    const { putPolicies = [], removePolicies = [] } = change
    for (const name of [...removePolicies, ...putPolicies.map((policy) => policy.name)]) {
      const row = this.policy.get(name)
      if (row !== undefined) removed.push(policyIdentity(row))
      this.removePolicy.run(name)
    }
    for (const { name, text, updatedAt } of putPolicies) {
      const row = { name, text, updated_at: updatedAt }
      this.putPolicy.run(row)
      added.push(policyIdentity(row))
    }
  }
}

function profileIdentity({ name, settings }: ProfileRow): RowIdentity {
  return ['profile', name, settings]
}

/** With what a person approved: an approval that was written from outside is none. */
function serverIdentity(row: ServerRow): RowIdentity {
  return ['server', row.slug, row.profile, row.config, row.approved_command ?? '']
}

function policyIdentity({ name, text }: PolicyRow): RowIdentity {
  return ['policy', name, text]
}

function policyOf({ name, text, updated_at: updatedAt }: PolicyRow): StoredPolicy {
  return { name, text, updatedAt }
}

function profileOf(row: ProfileRow): StoredProfile {
  return { name: row.name, settings: JSON.parse(row.settings) as ProfileSettings, updatedAt: row.updated_at }
}

function rowOf(server: StoredServer): ServerRow {
  return {
    slug: server.slug,
    profile: server.profile,
    config: JSON.stringify(server.config),
    approved_command: server.approvedCommand ?? null,
    created_at: server.createdAt,
    updated_at: server.updatedAt,
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
