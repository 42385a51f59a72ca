/** What applying a profile would change. */
import type { ProfileSettings, Server } from '../contract/profile.js'
import type { ProfileChange } from '../registry/registry.js'
import { canonicalJson } from './canonical-json.js'

/** One profile as it stands or will stand. */
export interface ProfileContent {
  readonly settings: ProfileSettings
  readonly servers: Readonly<Record<string, Server>>
}

const sections = ['authentication', 'oauth', 'token_broker', 'shield'] as const

/**
 * Lists the changes from one content to the next, settings first, then servers by slug. Two contents that differ in the
 * order of their keys only are equal.
 *
 * @param before undefined where the profile is new
 */
export function diffProfile(
  name: string,
  before: ProfileContent | undefined,
  after: ProfileContent,
): readonly ProfileChange[] {
  const changes: ProfileChange[] = []
  if (before === undefined) changes.push({ kind: 'profile', path: 'name', change: 'added', after: name })
  for (const section of sections)
    changes.push(...changeOf(section, section, before?.settings[section], after.settings[section]))
  const slugs = new Set([...Object.keys(before?.servers ?? {}), ...Object.keys(after.servers)])
  for (const slug of [...slugs].sort())
    changes.push(...changeOf('server', `mcpServers.${slug}`, before?.servers[slug], after.servers[slug]))
  return changes
}

function changeOf(
  kind: ProfileChange['kind'],
  path: string,
  before: unknown,
  after: unknown,
): readonly ProfileChange[] {
  if (before === undefined && after === undefined) return []
  if (before === undefined) return [{ kind, path, change: 'added', after }]
  if (after === undefined) return [{ kind, path, change: 'removed', before }]
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ kind, path, change: 'changed', before, after }]
}
