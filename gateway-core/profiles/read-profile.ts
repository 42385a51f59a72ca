/** Reads a profile from its own form or a foreign one. Every error is told at once, with path and line. */
import type { FieldError } from '../contract/errors.js'
import { profileSchema, profileSettingsSchema, slugPattern, type Profile } from '../contract/profile.js'
import type { ProfileFile } from '../registry/registry.js'
import { convertGatewayRecords } from './convert-gateway-records.js'
import { convertServerMap } from './convert-server-map.js'
import { Conversion, isMapping, slugOf, type LiteralSecret, type Mapping } from './conversion.js'
import { describeIssues } from './describe-issues.js'
import { policyPathProblem } from './inline-policies.js'
import { profileInvalid } from './profile-invalid.js'
import { parseSource, type SourceDocument } from './source-document.js'
import { referredNames } from './variables.js'

export interface ReadProfile {
  readonly profile: Profile
  /** Secrets that a foreign form held in the clear, by the name under which the profile refers to them. */
  readonly literalSecrets: readonly LiteralSecret[]
  /** What was not carried over, and what to know; each with its line. */
  readonly warnings: readonly string[]
  /** The place in the file of a dotted path in the profile. */
  locate(profilePath: string): { readonly path: string; readonly line: number }
}

export interface ReadOptions {
  /** Whether `shield.policies` may name files. Only the command line can read them. */
  readonly allowPolicyPaths: boolean
}

/**
 * Reads a profile file.
 *
 * @throws GatewayError `profile_invalid` with every error
 */
export function readProfile(file: ProfileFile, options: ReadOptions): ReadProfile {
  const document = parseSource(file.text, file.format)
  const conversion = new Conversion(document, referredNames(file.text))
  const candidate = toProfile(document, conversion, file.name)
  const locate = (profilePath: string): { path: string; line: number } => {
    const path = conversion.originOf(profilePath)
    return { path, line: document.lineOf(path) }
  }
  const parsed = profileSchema.safeParse(candidate)
  const errors = [...conversion.errors]
  if (!parsed.success) {
    for (const { path, message } of describeIssues(parsed.error.issues, candidate)) {
      const place = locate(path)
      // One fault told while converting is not told again by the schema.
      if (!conversion.errors.some((error) => isWithin(place.path, error.path))) errors.push({ ...place, message })
    }
  } else errors.push(...policyErrors(parsed.data, options, document))
  if (errors.length > 0 || !parsed.success) throw profileInvalid(errors)
  return { profile: parsed.data, literalSecrets: conversion.literalSecrets, warnings: conversion.warnings, locate }
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
}

const forms =
  'expected a profile (gatehouse: 1), mcpServers of an agent, servers of VS Code, or a ContextForge gateway record with name and url'
const settingsKeys = Object.keys(profileSettingsSchema.shape)

/** Turns whatever form the file has into the profile's own, still to be checked. */
function toProfile(document: SourceDocument, conversion: Conversion, wantedName: string | undefined): unknown {
  const { value } = document
  const name = wantedName ?? 'imported'
  if (Array.isArray(value)) return foreign(name, convertGatewayRecords(conversion, value, true))
  if (!isMapping(value))
    throw profileInvalid([
      { path: '', line: 1, message: `${forms}; found ${value === null ? 'an empty file' : 'text'}` },
    ])
  // Settings beside mcpServers are ours only: such a file lacks its version.
  if ('gatehouse' in value || settingsKeys.some((key) => key in value)) return value
  if ('mcpServers' in value) return foreign(name, convertServerMap(conversion, value, 'mcpServers'))
  if ('servers' in value) return foreign(name, convertServerMap(conversion, value, 'servers'))
  if ('name' in value && ('url' in value || 'auth_type' in value || 'oauth_config' in value))
    return foreign(wantedName ?? recordName(value), convertGatewayRecords(conversion, [value], false))
  const found = Object.keys(value).slice(0, 8).join(', ')
  throw profileInvalid([
    { path: '', line: 1, message: `${forms}; found ${found === '' ? 'an empty mapping' : `the keys ${found}`}` },
  ])
}

function recordName(record: Mapping): string {
  const slug = slugOf(String(record['name']))
  return slugPattern.test(slug) ? slug : 'imported'
}

function foreign(name: string, mcpServers: Record<string, unknown>): unknown {
  return { gatehouse: 1, name, mcpServers }
}

function policyErrors(profile: Profile, options: ReadOptions, document: SourceDocument): FieldError[] {
  return (profile.shield?.policies ?? []).flatMap((policy, index) => {
    if (typeof policy !== 'string') return []
    const path = `shield.policies[${index}]`
    const message = options.allowPolicyPaths
      ? policyPathProblem(policy)
      : 'expected { name, text }: only the command line reads policies from files (gatehouse apply FILE)'
    return message === undefined ? [] : [{ path, line: document.lineOf(path), message }]
  })
}
