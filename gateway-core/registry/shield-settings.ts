/** What of all profiles Shield does, and what a profile that is applied anew would have it no longer do. Pure. */
import type { ProfileSettings } from '../contract/profile.js'
import type { Configuration } from '../vault/vault.js'
import { canonicalJson } from '../profiles/canonical-json.js'
import type { ShieldPolicy, ShieldRemote, ShieldSettings } from './registry.js'

const defaultTimeoutMs = 1500
const defaultAskTimeoutMs = 60_000

type Shield = NonNullable<ProfileSettings['shield']>

/** A profile that says nothing of `enabled` and names an engine wants it asked. */
function isWanted(shield: Shield | undefined): shield is Shield {
  if (shield === undefined) return false
  return shield.enabled ?? (shield.remote !== undefined || (shield.policies ?? []).length > 0)
}

/**
 * The strictest of all: on if any profile or a person's own policy wants it, every engine that any of them names, `deny`
 * if any says so. The longest deadline is the strictest for engines, the shortest for people.
 */
export function mergeShield({ profiles, policies }: Pick<Configuration, 'profiles' | 'policies'>): ShieldSettings {
  const wanted = profiles.flatMap(({ name, settings: { shield } }) => (isWanted(shield) ? [{ ...shield, name }] : []))
  const remotes = new Map<string, ShieldRemote>()
  for (const { remote } of wanted)
    if (remote !== undefined)
      remotes.set(canonicalJson(remote), { url: remote.url, credential: remote.credential?.secret })
  const ofProfiles = wanted.flatMap(({ name: profile, policies: own = [] }) =>
    own.flatMap((policy): ShieldPolicy[] => (typeof policy === 'string' ? [] : [{ ...policy, profile }])),
  )
  const timeouts = wanted.map((one) => one.timeout_ms ?? defaultTimeoutMs)
  const askTimeouts = wanted.flatMap((one) => one.ask_timeout_ms ?? [])
  return {
    enabled: wanted.length > 0 || policies.length > 0,
    timeoutMs: timeouts.length > 0 ? Math.max(...timeouts) : defaultTimeoutMs,
    onFailure: wanted.some((one) => one.on_failure === 'deny') ? 'deny' : 'allow',
    remotes: [...remotes.values()],
    policies: [...policies.map(({ name, text }) => ({ name, text })), ...ofProfiles],
    askTimeoutMs: askTimeouts.length > 0 ? Math.min(...askTimeouts) : defaultAskTimeoutMs,
    pinTools: wanted.some(pinsTools),
  }
}

function pinsTools({ enabled, pin_tools: pins }: Shield): boolean {
  return pins ?? enabled === true
}

/** What Shield did for a profile as it stands and would do no longer, one sentence. */
export function shieldWarnings(before: ProfileSettings | undefined, after: ProfileSettings): readonly string[] {
  const was = before?.shield
  if (!isWanted(was)) return []
  const next = after.shield
  const losses = isWanted(next) ? lossesBetween(was, next) : ['it is turned off']
  if (losses.length === 0) return []
  return [`shield: This profile turns Shield down: ${losses.join('; ')}. Apply it only if you mean that.`]
}

/** An engine elsewhere is sent every message, also those to servers that other profiles brought. */
export function remoteShieldWarnings(before: ProfileSettings | undefined, after: ProfileSettings): readonly string[] {
  const url = isWanted(after.shield) ? after.shield.remote?.url : undefined
  if (url === undefined || url === before?.shield?.remote?.url) return []
  return [`Every message to every server, also of other profiles, is sent to ${new URL(url).origin} to be judged.`]
}

function lossesBetween(was: Shield, next: Shield): readonly string[] {
  const losses: string[] = []
  if (was.remote !== undefined && next.remote === undefined) losses.push('the remote Shield is no longer asked')
  else if (was.remote?.url !== next.remote?.url && was.remote !== undefined)
    losses.push(`another remote Shield is asked, ${new URL(next.remote?.url ?? was.remote.url).origin}`)
  if (was.on_failure === 'deny' && next.on_failure !== 'deny')
    losses.push('calls that it cannot judge are let through instead of refused')
  const [wasMs, nextMs] = [was.timeout_ms ?? defaultTimeoutMs, next.timeout_ms ?? defaultTimeoutMs]
  if (wasMs !== nextMs && next.remote !== undefined) losses.push(`it has ${nextMs} ms to answer instead of ${wasMs} ms`)
  if (pinsTools(was) && !pinsTools(next)) losses.push('tools that change are no longer held for an approval')
  const [wasAskMs, nextAskMs] = [was.ask_timeout_ms ?? defaultAskTimeoutMs, next.ask_timeout_ms ?? defaultAskTimeoutMs]
  if (nextAskMs > wasAskMs) losses.push(`a call waits ${nextAskMs} ms for an approval instead of ${wasAskMs} ms`)
  return [...losses, ...policyLosses(was, next)]
}

function policyLosses(was: Shield, next: Shield): readonly string[] {
  const nextTexts = new Map(named(next).map(({ name, text }) => [name, text]))
  return named(was).flatMap(({ name, text }) => {
    const kept = nextTexts.get(name)
    if (kept === undefined) return [`the policy ${name} is removed`]
    return kept === text ? [] : [`the policy ${name} is changed`]
  })
}

function named({ policies = [] }: Shield): readonly { readonly name: string; readonly text: string }[] {
  return policies.flatMap((policy) => (typeof policy === 'string' ? [] : [policy]))
}
