/** What applying a profile writes, and what its report says. Pure: nothing is written here. */
import { GatewayError, type FieldError } from '../contract/errors.js'
import type { Profile, ProfileSettings, Server } from '../contract/profile.js'
import { resolveServer, secretUses, settingsSecretUses, type SecretUse } from '../contract/resolved-server.js'
import { compilePlan } from '../credentials/compile-plan.js'
import { canonicalJson } from '../profiles/canonical-json.js'
import { commandDigest } from '../profiles/command-digest.js'
import { diffProfile, type ProfileContent } from '../profiles/diff-profile.js'
import { profileInvalid } from '../profiles/profile-invalid.js'
import type { ReadProfile } from '../profiles/read-profile.js'
import type { Configuration, ConfigurationChange, StoredServer } from '../vault/vault.js'
import { authenticationWarnings } from './authentication-warnings.js'
import { awaitsCommandApproval } from './build-snapshot.js'
import type { ProfileReport } from './registry.js'
import type { Loaded } from './registry-store.js'
import {
  grouped,
  secretLedger,
  unapprovedUses,
  withBindings,
  type SecretBinding,
  type SecretLedger,
} from './secret-ledger.js'
import { shieldWarnings } from './shield-settings.js'

export interface PlannedProfile {
  readonly change: ConfigurationChange
  readonly report: ProfileReport
}

/**
 * Plans the application of a profile. Servers of that profile which are not in it are removed.
 *
 * @param now RFC 3339
 * @throws GatewayError `profile_invalid` where a slug belongs to another profile or two rules claim one header
 */
export function planProfile(read: ReadProfile, loaded: Loaded, approveCommands: boolean, now: string): PlannedProfile {
  const { profile } = read
  refuseFaults(read, loaded.configuration)
  const after = contentOf(profile)
  const before = storedContent(loaded.configuration, profile.name)
  const servers = planServers(after.servers, loaded.configuration, profile.name, approveCommands, now)
  const uses = allUses(after)
  const secrets = planSecrets(read, uses, secretLedger(loaded.secrets))
  const kept = new Set(Object.keys(after.servers))
  const settingsChanged = before === undefined || canonicalJson(before.settings) !== canonicalJson(after.settings)
  const change: ConfigurationChange = {
    putProfiles: settingsChanged ? [{ name: profile.name, settings: after.settings, updatedAt: now }] : [],
    putServers: servers.filter(({ isChanged }) => isChanged).map(({ stored }) => stored),
    removeServers: Object.keys(before?.servers ?? {}).filter((slug) => !kept.has(slug)),
    putSecrets: secrets.put,
    bindSecrets: secrets.bind,
  }
  const pendingApproval = servers.flatMap(({ stored }) => {
    const resolved = resolveServer(stored.slug, stored.config)
    const waits =
      awaitsCommandApproval(stored, resolved) ||
      unapprovedUses(secretUses(stored.slug, stored.config), secrets.ledger).length > 0
    return waits ? [stored.slug] : []
  })
  return {
    change,
    report: {
      name: profile.name,
      changes: diffProfile(profile.name, before, after),
      missingSecrets: [...new Set(uses.map(({ secret }) => secret))]
        .filter((name) => secrets.ledger.destinationsOf(name) === undefined)
        .sort(),
      pendingApproval: pendingApproval.sort(),
      storedSecrets: read.literalSecrets.map(({ name }) => name).sort(),
      warnings: [
        ...read.warnings,
        ...shieldWarnings(before?.settings, after.settings),
        ...authenticationWarnings(profile.name, before?.settings, after.settings, loaded.configuration),
        ...approvalWarnings(unapprovedUses(uses, secrets.ledger)),
      ],
    },
  }
}

function contentOf(profile: Profile): ProfileContent {
  const { gatehouse: _version, name: _name, mcpServers, ...settings } = profile
  return { settings, servers: mcpServers ?? {} }
}

/** A profile as the vault holds it; undefined where it holds none of that name. */
export function storedContent(configuration: Configuration, name: string): ProfileContent | undefined {
  const stored = configuration.profiles.find((profile) => profile.name === name)
  if (stored === undefined) return undefined
  const servers = configuration.servers.filter(({ profile }) => profile === name)
  return { settings: stored.settings, servers: Object.fromEntries(servers.map(({ slug, config }) => [slug, config])) }
}

function allUses({
  settings,
  servers,
}: {
  settings: ProfileSettings
  servers: Readonly<Record<string, Server>>
}): readonly SecretUse[] {
  return [
    ...settingsSecretUses(settings),
    ...Object.entries(servers).flatMap(([slug, server]) => secretUses(slug, server)),
  ]
}

function refuseFaults(read: ReadProfile, configuration: Configuration): void {
  const { profile } = read
  const ownerBySlug = new Map(configuration.servers.map((stored) => [stored.slug, stored.profile]))
  const errors: FieldError[] = []
  for (const [slug, server] of Object.entries(profile.mcpServers ?? {})) {
    const owner = ownerBySlug.get(slug)
    if (owner !== undefined && owner !== profile.name)
      errors.push({
        ...read.locate(`mcpServers.${slug}`),
        message: `the slug ${slug} belongs to the profile ${owner} and cannot be in ${profile.name} too: rename it, or remove it there`,
      })
    for (const { path, message } of headerConflicts(slug, server)) errors.push({ ...read.locate(path), message })
  }
  if (errors.length > 0) throw profileInvalid(errors)
}

function headerConflicts(slug: string, server: Server): readonly FieldError[] {
  try {
    compilePlan(resolveServer(slug, server))
    return []
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'header_conflict') throw error
    return error.errors ?? [{ path: `mcpServers.${slug}`, message: error.message }]
  }
}

function planServers(
  servers: Readonly<Record<string, Server>>,
  configuration: Configuration,
  profile: string,
  approveCommands: boolean,
  now: string,
): readonly { readonly stored: StoredServer; readonly isChanged: boolean }[] {
  const bySlug = new Map(configuration.servers.map((stored) => [stored.slug, stored]))
  return Object.entries(servers).map(([slug, config]) => {
    const before = bySlug.get(slug)
    const stored = nextServer({ slug, profile, config, before, approveCommand: approveCommands, now })
    return { stored, isChanged: canonicalJson({ ...before, updatedAt: now }) !== canonicalJson(stored) }
  })
}

/** A server as it will be stored. The approval of a command is kept for exactly that command. */
export function nextServer(next: {
  readonly slug: string
  readonly profile: string
  readonly config: Server
  readonly before: StoredServer | undefined
  readonly approveCommand: boolean
  readonly now: string
}): StoredServer {
  const { slug, profile, config, before, now } = next
  const runsCommand = resolveServer(slug, config).transport === 'stdio'
  const digest = runsCommand ? commandDigest(config) : undefined
  const isApproved = digest !== undefined && (next.approveCommand || before?.approvedCommand === digest)
  return {
    slug,
    profile,
    config,
    ...(isApproved ? { approvedCommand: digest } : {}),
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  }
}

interface PlannedSecrets {
  readonly put: NonNullable<ConfigurationChange['putSecrets']>
  readonly bind: readonly SecretBinding[]
  /** As it will be. */
  readonly ledger: SecretLedger
}

/**
 * A secret that is new, or has never been sent anywhere, is bound to where the profile sends it. One that has a
 * destination gets no other from a profile: a person approves it.
 */
function planSecrets(read: ReadProfile, uses: readonly SecretUse[], ledger: SecretLedger): PlannedSecrets {
  const literalNames = new Set(read.literalSecrets.map(({ name }) => name))
  const granted = grouped(uses).filter(({ name }) => {
    const known = ledger.destinationsOf(name)
    return known === undefined ? literalNames.has(name) : known.size === 0
  })
  const grantedTo = new Map(granted.map(({ name, destinations }) => [name, destinations]))
  return {
    put: read.literalSecrets.map((secret) => ({ secret, destinations: grantedTo.get(secret.name) ?? [] })),
    bind: granted.filter(({ name }) => !literalNames.has(name)),
    ledger: withBindings(ledger, granted),
  }
}

function approvalWarnings(uses: readonly SecretUse[]): readonly string[] {
  const warnings = uses.map(({ secret, destination, path }) => {
    const slug = /^mcpServers\.([a-z0-9-]+)/.exec(path)?.[1]
    const how =
      slug === undefined
        ? `remove it and set it again (\`gatehouse secrets remove ${secret}\`, \`gatehouse secrets set ${secret}\`)`
        : `run \`gatehouse servers approve ${slug}\``
    const where = slug === undefined ? path : `mcpServers.${slug}`
    return `${where}: the existing secret ${secret} would go to ${destination}, where it has not been sent before. It is not used there until you approve it: ${how}`
  })
  return [...new Set(warnings)]
}
