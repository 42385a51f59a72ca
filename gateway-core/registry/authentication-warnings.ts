/** What applying a profile changes for servers of others: who may call them, and who sees what is sent to them. */
import type { ProfileSettings } from '../contract/profile.js'
import { canonicalJson } from '../profiles/canonical-json.js'
import type { Configuration } from '../vault/vault.js'
import { remoteShieldWarnings } from './shield-settings.js'

/**
 * @param before what the profile said until now; undefined where it is not there yet
 * @param configuration as it is before
 */
export function authenticationWarnings(
  name: string,
  before: ProfileSettings | undefined,
  after: ProfileSettings,
  { profiles, servers }: Pick<Configuration, 'profiles' | 'servers'>,
): readonly string[] {
  const hasOthers = servers.some(({ profile }) => profile !== name)
  return [
    ...(hasOthers ? [...admissions(before, after), ...remoteShieldWarnings(before, after)] : []),
    ...signInWarnings(name, after, profiles),
  ]
}

/** Authentication is every server's, also of servers that other profiles brought. */
function admissions(before: ProfileSettings | undefined, after: ProfileSettings): readonly string[] {
  const { jwt = [], sso, legacy_bearer: legacyBearer } = after.authentication ?? {}
  const known = before?.authentication
  const knownIssuers = new Set((known?.jwt ?? []).map(canonicalJson))
  return [
    ...jwt
      .filter((issuer) => !knownIssuers.has(canonicalJson(issuer)))
      .map(({ issuer }) => `Tokens of ${issuer} are let in to every server, also of other profiles.`),
    ...(sso !== undefined && sso.issuer !== known?.sso?.issuer
      ? [`Whoever ${sso.issuer} signs in may use every server that agents sign in to, also of other profiles.`]
      : []),
    ...(legacyBearer === true && known?.legacy_bearer !== true
      ? ['Legacy tokens are let in to every server, also of other profiles.']
      : []),
  ]
}

function signInWarnings(name: string, after: ProfileSettings, profiles: Configuration['profiles']): readonly string[] {
  if (after.authentication?.sso === undefined) return []
  const others = profiles.flatMap((profile) =>
    profile.name !== name && profile.settings.authentication?.sso !== undefined ? [profile.name] : [],
  )
  if (others.length === 0) return []
  const names = [...others, name].sort()
  return [
    `authentication.sso is in several profiles (${names.join(', ')}): people sign in where ${names[0] ?? name} says, the first by name.`,
  ]
}
