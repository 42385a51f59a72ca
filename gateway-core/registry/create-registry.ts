/** The registry over a vault. Each part below is one family of the interface's methods. */
import { serverReadOnlyKeys } from '../contract/control-schemas.js'
import { GatewayError, type FieldError } from '../contract/errors.js'
import { secretNameSchema, serverSchema, slugPattern, type Profile, type Server } from '../contract/profile.js'
import { resolveServer, secretUses, settingsSecretUses, type SecretUse } from '../contract/resolved-server.js'
import { compilePlan } from '../credentials/compile-plan.js'
import { isMapping } from '../profiles/conversion.js'
import { describeIssues } from '../profiles/describe-issues.js'
import { readProfile } from '../profiles/read-profile.js'
import { canonicalProfile, writeProfile } from '../profiles/write-profile.js'
import type { Configuration, ConfigurationChange, StoredServer, Vault } from '../vault/vault.js'
import { draftServer } from './build-snapshot.js'
import { agentMethods, keyMethods } from './key-methods.js'
import { createKeyUses, type KeyUses } from './key-uses.js'
import { nextServer, planProfile, storedContent } from './plan-profile.js'
import { checkProfilePolicies, policyMethods } from './policy-methods.js'
import type { CheckPolicies, RegisteredServer, Registry } from './registry.js'
import { createRegistryStore, type Loaded, type RegistryStore } from './registry-store.js'
import { bindingsFor, grouped, secretLedger } from './secret-ledger.js'

/** The profile of servers that a person adds one by one. */
const localProfile = 'local'
const maxSecretBytes = 65_536

export interface RegistryOptions {
  readonly vault: Vault
  /** Finds what is wrong in Shield's policies before they are kept; without it nothing is found. */
  readonly checkPolicies?: CheckPolicies
  /** Epoch milliseconds. */
  readonly clock?: () => number
  /** What of a server's settings cannot be done with the tools that it is known to have, as sentences. */
  readonly toolProblems?: (slug: string, server: Server) => readonly string[]
}

/** What each family of methods works with. */
interface Parts {
  readonly vault: Vault
  readonly store: RegistryStore
  readonly keyUses: KeyUses
  readonly toolProblems: NonNullable<RegistryOptions['toolProblems']>
  readonly checkPolicies: CheckPolicies
  /** RFC 3339, UTC. */
  now(): string
}

const takeAll: CheckPolicies = async () => []

/** Makes the registry. It loads whenever the vault is unlocked, and forgets when it is locked. */
export function createRegistry({
  vault,
  clock = Date.now,
  toolProblems = () => [],
  checkPolicies = takeAll,
}: RegistryOptions): Registry {
  const store = createRegistryStore(vault)
  const keyUses = createKeyUses(vault.gatewayKeys, clock)
  const now = (): string => new Date(clock()).toISOString()
  const parts: Parts = { vault, store, keyUses, toolProblems, checkPolicies, now }
  return {
    get snapshot() {
      return store.snapshot
    },
    onChange: (listener) => store.onChange(listener),
    catchUp: () => store.catchUp(),
    onOutsideChange: (listener) => store.onOutsideChange(listener),
    ...configurationMethods(parts),
    ...standingMethods(parts),
    ...profileMethods(parts),
    ...policyMethods(parts),
    ...secretMethods(parts),
    ...keyMethods(parts),
    ...agentMethods(parts),
    async close() {
      await keyUses.close()
      await store.close()
    },
  }
}

type Methods<Name extends keyof Registry> = Pick<Registry, Name>

/** How servers are configured. */
function configurationMethods({ vault, store, now }: Parts): Methods<'putServer' | 'draftServer' | 'patchServer'> {
  const put = async (
    slug: string,
    configOf: (before: StoredServer | undefined) => unknown,
  ): Promise<RegisteredServer> => {
    await store.write(async (loaded) => {
      const before = findServer(loaded, slug)
      const config = checkServer(slug, configOf(before))
      compilePlan(resolveServer(slug, config))
      const profile = before?.profile ?? localProfile
      await vault.configuration.change({
        putProfiles: loaded.configuration.profiles.some(({ name }) => name === profile)
          ? []
          : [{ name: profile, settings: {}, updatedAt: now() }],
        putServers: [nextServer({ slug, profile, config, before, approveCommand: false, now: now() })],
        bindSecrets: bindingsFor(secretUses(slug, config), secretLedger(loaded.secrets)),
      })
    })
    const registered = store.current().snapshot.servers.get(slug)
    if (registered === undefined) throw unknownServer(slug)
    return registered
  }
  return {
    putServer: (slug, input) => put(slug, () => input),
    draftServer: (slug, input) => {
      const loaded = store.current()
      const before = findServer(loaded, slug)
      const config = checkServer(slug, input)
      const profile = before?.profile ?? localProfile
      const next = nextServer({ slug, profile, config, before, approveCommand: false, now: now() })
      return draftServer(next, loaded.configuration, loaded.secrets)
    },
    patchServer: (slug, input) =>
      put(slug, (before) => {
        if (before === undefined) throw unknownServer(slug)
        if (!isMapping(input)) throw invalidInput([{ path: '', message: 'expected a mapping of keys to change' }])
        return Object.fromEntries(Object.entries({ ...before.config, ...input }).filter(([, value]) => value !== null))
      }),
  }
}

/** What becomes of servers as they are configured. */
function standingMethods({ vault, store, now }: Parts): Methods<'removeServer' | 'approveServer' | 'setStopped'> {
  return {
    removeServer: (slug) =>
      store.write(async (loaded) => {
        if (findServer(loaded, slug) === undefined) throw unknownServer(slug)
        await vault.configuration.change({ removeServers: [slug] })
      }),
    setStopped: (slug, isStopped) =>
      store.write(async (loaded) => {
        if (findServer(loaded, slug) === undefined) throw unknownServer(slug)
        if ((loaded.configuration.stoppedServers ?? []).includes(slug) === isStopped) return
        await vault.configuration.change(isStopped ? { stopServers: [slug] } : { startServers: [slug] })
      }),
    approveServer: (slug) =>
      store.write(async (loaded) => {
        const before = findServer(loaded, slug)
        if (before === undefined) throw unknownServer(slug)
        const { profile, config } = before
        await vault.configuration.change({
          putServers: [nextServer({ slug, profile, config, before, approveCommand: true, now: now() })],
          bindSecrets: bindingsFor(secretUses(slug, config), secretLedger(loaded.secrets)),
        })
      }),
  }
}

function findServer(loaded: Loaded, slug: string): StoredServer | undefined {
  return loaded.configuration.servers.find((stored) => stored.slug === slug)
}

function checkServer(slug: string, input: unknown): Server {
  if (!slugPattern.test(slug))
    throw invalidInput([
      { path: 'slug', message: 'expected 1 to 64 of a-z, 0-9 and "-", beginning and ending with a letter or digit' },
    ])
  const readOnly: ReadonlySet<string> = new Set(serverReadOnlyKeys)
  const written = isMapping(input)
    ? Object.fromEntries(Object.entries(input).filter(([key]) => !readOnly.has(key)))
    : input
  const parsed = serverSchema.safeParse(written)
  if (!parsed.success) throw invalidInput(describeIssues(parsed.error.issues, written, 'server'))
  return parsed.data
}

type ProfileMethod = 'applyProfile' | 'listProfiles' | 'exportProfile' | 'removeProfile' | 'exportSecrets'

function profileMethods(parts: Parts): Methods<ProfileMethod> {
  const { vault, store, toolProblems, now } = parts
  const toolWarnings = ({ mcpServers = {} }: Profile): readonly string[] =>
    Object.entries(mcpServers).flatMap(([slug, server]) =>
      toolProblems(slug, server).map((problem) => `mcpServers.${slug}.tools: ${problem}`),
    )
  return {
    async applyProfile(file, { dryRun, approveCommands }) {
      const read = readProfile(file, { allowPolicyPaths: false })
      await checkProfilePolicies(read, parts.checkPolicies)
      return store.write(async (loaded) => {
        const { change, report } = planProfile(read, loaded, approveCommands, now())
        if (!dryRun && writesSomething(change)) await vault.configuration.change(change)
        return { ...report, warnings: [...report.warnings, ...toolWarnings(read.profile)] }
      })
    },
    listProfiles() {
      const { profiles, servers } = store.current().configuration
      return profiles.map(({ name, updatedAt }) => ({
        name,
        servers: servers.filter(({ profile }) => profile === name).length,
        updatedAt,
      }))
    },
    exportProfile(wanted) {
      const name = chooseProfile(store.current().configuration, wanted)
      const profile = storedProfile(store.current().configuration, name)
      return { name, profile: canonicalProfile(profile), yaml: writeProfile(profile) }
    },
    removeProfile: (name) =>
      store.write(async ({ configuration }) => {
        const { mcpServers = {} } = storedProfile(configuration, name)
        await vault.configuration.change({ removeProfiles: [name], removeServers: Object.keys(mcpServers) })
      }),
    async exportSecrets(wanted) {
      const { configuration } = store.current()
      const { mcpServers = {}, ...settings } = storedProfile(configuration, chooseProfile(configuration, wanted))
      const uses = [
        ...settingsSecretUses(settings),
        ...Object.entries(mcpServers).flatMap(([slug, server]) => secretUses(slug, server)),
      ]
      const values = new Map<string, string>()
      // Opened for where the profile sends them, so that one which it may not use yet does not leave with it.
      for (const { secret, destination } of uses) {
        const opened = await vault.secrets.open(secret, undefined, destination)
        if (opened.outcome === 'value') values.set(secret, opened.value)
      }
      return [...values].map(([name, value]) => ({ name, value }))
    },
  }
}

function writesSomething(change: ConfigurationChange): boolean {
  return Object.values(change).some((list) => Array.isArray(list) && list.length > 0)
}

function chooseProfile({ profiles }: Configuration, wanted: string | undefined): string {
  if (wanted !== undefined) return wanted
  const [only, ...others] = profiles
  if (only === undefined)
    throw new GatewayError('not_found', {
      detail: 'There is no profile yet.',
      fix: 'Apply one with `gatehouse apply FILE`.',
    })
  if (others.length > 0)
    throw new GatewayError('conflict', {
      detail: `There are several profiles: ${profiles.map(({ name }) => name).join(', ')}.`,
      fix: 'Name the one that is meant.',
    })
  return only.name
}

function storedProfile(configuration: Configuration, name: string): Profile {
  const content = storedContent(configuration, name)
  if (content === undefined)
    throw new GatewayError('not_found', {
      detail: `There is no profile ${JSON.stringify(name.slice(0, 64))}.`,
      fix: 'Ask for one of those that are listed.',
    })
  return { gatehouse: 1, name, ...content.settings, mcpServers: content.servers }
}

/** Every reference to a secret, in all profiles. */
function everyUse({ configuration }: Loaded): readonly SecretUse[] {
  return [
    ...configuration.profiles.flatMap(({ settings }) => settingsSecretUses(settings)),
    ...configuration.servers.flatMap(({ slug, config }) => secretUses(slug, config)),
  ]
}

function usedBy(loaded: Loaded, name: string): readonly string[] {
  return everyUse(loaded).flatMap(({ secret, path }) => (secret === name ? [path] : []))
}

function secretMethods({ vault, store }: Parts): Methods<'setSecret' | 'listSecrets' | 'removeSecret'> {
  return {
    async setSecret(name, value, subject) {
      const checked = secretNameSchema.safeParse(name)
      if (!checked.success)
        throw invalidInput([{ path: 'name', message: checked.error.issues[0]?.message ?? 'expected a name' }])
      const bytes = Buffer.byteLength(value)
      if (bytes === 0 || bytes > maxSecretBytes)
        throw invalidInput([{ path: 'value', message: bytes === 0 ? 'expected a value' : 'expected at most 64 KiB' }])
      return store.write(async (loaded) => {
        const isNew = secretLedger(loaded.secrets).destinationsOf(name) === undefined
        const wanted = isNew
          ? grouped(everyUse(loaded).filter(({ secret }) => secret === name))[0]?.destinations
          : undefined
        const summary = await vault.secrets.put(
          { name, value, ...(subject === undefined ? {} : { subject }) },
          wanted ?? [],
        )
        return { ...summary, usedBy: usedBy(loaded, name) }
      })
    },
    async listSecrets() {
      const loaded = store.current()
      return loaded.secrets.map((summary) => ({ ...summary, usedBy: usedBy(loaded, summary.name) }))
    },
    removeSecret: (name, subject) =>
      store.write(async () => {
        if (!(await vault.secrets.remove(name, subject)))
          throw new GatewayError('not_found', {
            detail: 'There is no secret of this name.',
            fix: 'Run `gatehouse secrets list` for those that there are.',
          })
      }),
  }
}

function invalidInput(errors: readonly FieldError[]): GatewayError {
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  return new GatewayError('invalid_input', { detail, errors })
}

function unknownServer(slug: string): GatewayError {
  return new GatewayError('unknown_server', {
    detail: `No server is registered as ${JSON.stringify(slug.slice(0, 64))}.`,
    fix: 'Run `gatehouse servers list` for the names that there are.',
  })
}
