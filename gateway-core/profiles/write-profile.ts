/** The canonical form of a profile: sections and keys in the order of the schema, servers by slug, no comments. */
import { stringify } from 'yaml'
import type { Profile } from '../contract/profile.js'
import { inSchemaOrder } from './schema-guide.js'

/** A plain copy in canonical order. Members that are undefined, and a list of servers that is empty, are left out. */
export function canonicalProfile(profile: Profile): Readonly<Record<string, unknown>> {
  const { mcpServers = {}, ...rest } = profile
  const whole = Object.keys(mcpServers).length > 0 ? { ...rest, mcpServers } : rest
  return Object.fromEntries(Object.entries(inSchemaOrder(whole) ?? {}))
}

/** Writes a profile as YAML. It holds references to secrets only; read back, it gives an equal profile. */
export function writeProfile(profile: Profile): string {
  return stringify(canonicalProfile(profile), {
    version: '1.2',
    schema: 'core',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
}
