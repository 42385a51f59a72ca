/** Compiles what the vault holds into what a request needs. Pure. */
import type { JwtIssuer, TokenBroker } from '../contract/profile.js'
import { resolveServer, secretUses, type ResolvedServer } from '../contract/resolved-server.js'
import { compilePlan } from '../credentials/compile-plan.js'
import { canonicalJson } from '../profiles/canonical-json.js'
import { commandDigest } from '../profiles/command-digest.js'
import type { Configuration, GatewayKey, SecretSummary, StoredProfile, StoredServer } from '../vault/vault.js'
import type { RegisteredServer, SingleSignOn, Snapshot } from './registry.js'
import { compileToolView, type ToolView } from '../relay/tools/tool-view.js'
import { mergeShield } from './shield-settings.js'
import { bindingsFor, secretLedger, unapprovedUses, withBindings, type SecretLedger } from './secret-ledger.js'

export function buildSnapshot(
  configuration: Configuration,
  secrets: readonly SecretSummary[],
  keys: readonly GatewayKey[],
): Snapshot {
  const ledger = secretLedger(secrets)
  const stopped = new Set(configuration.stoppedServers)
  const profiles = configuration.profiles.map(({ settings }) => settings)
  const issuers = new Map<string, JwtIssuer>()
  for (const issuer of profiles.flatMap(({ authentication }) => authentication?.jwt ?? []))
    issuers.set(canonicalJson(issuer), issuer)
  return {
    servers: new Map(
      configuration.servers.map((stored) => [
        stored.slug,
        {
          ...registerServer(stored, ledger, secrets),
          ...brokerFor(stored, configuration.profiles),
          isStopped: stopped.has(stored.slug),
        },
      ]),
    ),
    keysByHash: new Map(keys.map((key) => [key.hash, key])),
    jwtIssuers: [...issuers.values()],
    legacyBearer: profiles.some(({ authentication }) => authentication?.legacy_bearer === true),
    ...singleSignOnOf(configuration.profiles),
    shield: mergeShield(configuration),
    oauthByProfile: new Map(configuration.profiles.map(({ name, settings }) => [name, settings.oauth ?? {}])),
  }
}

/** A server as it would be registered once it is saved by a person. @throws GatewayError `header_conflict` */
export function draftServer(
  stored: StoredServer,
  { profiles, stoppedServers }: Configuration,
  secrets: readonly SecretSummary[],
): RegisteredServer {
  const ledger = secretLedger(secrets)
  const bound = withBindings(ledger, bindingsFor(secretUses(stored.slug, stored.config), ledger))
  return {
    ...registerServer(stored, bound, secrets),
    ...brokerFor(stored, profiles),
    isStopped: (stoppedServers ?? []).includes(stored.slug),
  }
}

function registerServer(
  stored: StoredServer,
  ledger: SecretLedger,
  secrets: readonly SecretSummary[],
): Omit<RegisteredServer, 'isStopped'> {
  const resolved = resolveServer(stored.slug, stored.config)
  const disabledReason = whyDisabled(stored, resolved, ledger)
  return {
    slug: stored.slug,
    profile: stored.profile,
    resolved,
    plan: compilePlan(resolved),
    ...(disabledReason === undefined ? {} : { disabledReason }),
    ...viewOf(stored),
    ...commandSecretsOf(stored, resolved, secrets),
    createdAt: stored.createdAt,
    updatedAt: stored.updatedAt,
  }
}

/** Of its own profile; of another one where only one names any, as for a server that was added by itself. */
function brokerFor({ profile }: StoredServer, profiles: readonly StoredProfile[]): { readonly broker?: TokenBroker } {
  const brokers = profiles.flatMap(({ name, settings }) =>
    settings.token_broker === undefined ? [] : [{ name, broker: settings.token_broker }],
  )
  const own = brokers.find(({ name }) => name === profile) ?? (brokers.length === 1 ? brokers[0] : undefined)
  return own === undefined ? {} : { broker: own.broker }
}

function singleSignOnOf(profiles: readonly StoredProfile[]): { readonly singleSignOn?: SingleSignOn } {
  const [first] = profiles
    .flatMap(({ name, settings: { authentication, oauth } }) =>
      authentication?.sso === undefined
        ? []
        : [{ profile: name, provider: authentication.sso, callbackHost: oauth?.callback_host ?? '127.0.0.1' }],
    )
    .toSorted((a, b) => (a.profile < b.profile ? -1 : 1))
  return first === undefined ? {} : { singleSignOn: first }
}

function viewOf({ config }: StoredServer): { readonly view?: ToolView } {
  const { tools, tools_shown: shown } = config
  const changes = Object.values(tools ?? {}).some(
    ({ hidden, rename, description }) => hidden !== undefined || rename !== undefined || description !== undefined,
  )
  return shown === undefined && !changes ? {} : { view: compileToolView({ tools, shown }) }
}

function commandSecretsOf(
  { slug, config }: StoredServer,
  { transport }: ResolvedServer,
  secrets: readonly SecretSummary[],
): { readonly commandSecrets?: string } {
  if (transport !== 'stdio') return {}
  const used = new Set(secretUses(slug, config).map(({ secret }) => secret))
  const generations = secrets
    .filter(({ name, subject }) => subject === undefined && used.has(name))
    .map(({ name, generation }) => `${name}@${generation}`)
  return { commandSecrets: generations.toSorted().join(' ') }
}

function whyDisabled(stored: StoredServer, resolved: ResolvedServer, ledger: SecretLedger): string | undefined {
  const { slug, config } = stored
  if (config.enabled === false) return 'The server is turned off in its configuration: set `enabled: true` to use it.'
  const approve = `run \`gatehouse servers approve ${slug}\` to approve it.`
  if (awaitsCommandApproval(stored, resolved)) return `Its command has not been approved as it stands: ${approve}`
  const [use] = unapprovedUses(secretUses(slug, config), ledger)
  if (use === undefined) return undefined
  return `It would send the secret ${use.secret} to ${use.destination}, which has not been approved: ${approve}`
}

/** Whether a server runs a command that no person has approved in exactly this form. */
export function awaitsCommandApproval(
  stored: Pick<StoredServer, 'config' | 'approvedCommand'>,
  resolved: Pick<ResolvedServer, 'transport'>,
): boolean {
  return resolved.transport === 'stdio' && stored.approvedCommand !== commandDigest(stored.config)
}
