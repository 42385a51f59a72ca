/** Reads a profile file from disk for the control API: its form, its name, and its policies' text in place of their paths. */
import { basename, dirname, extname } from 'node:path'
import { GatewayError, type FieldError } from '../contract/errors.js'
import { inlinePolicies, policyReader } from '../profiles/inline-policies.js'
import { slugOf } from '../profiles/conversion.js'
import type { ProfileFile } from '../registry/registry.js'
import { CommandError } from './command-error.js'
import { readBytes } from './read-input.js'

const ageHeader = Buffer.from('age-encryption.org/v1\n')

export type FileOnDisk =
  { readonly kind: 'profile'; readonly file: ProfileFile } | { readonly kind: 'sealed'; readonly bytes: Buffer }

/**
 * Reads a profile or an age file. A profile whose form carries no name is named for its file.
 *
 * @throws GatewayError `profile_invalid`, with lines, where a policy's path is not one that may be read
 */
export async function readProfileFile(path: string): Promise<FileOnDisk> {
  const bytes = await readBytes(path)
  if (bytes.subarray(0, ageHeader.byteLength).equals(ageHeader)) return { kind: 'sealed', bytes }
  const format = /^\.jsonc?$/i.test(extname(path)) ? 'json' : 'yaml'
  const text = await inlinePolicies(decodeUtf8(bytes, path), format, policyReader(dirname(path)))
  return { kind: 'profile', file: { text, format, name: nameFor(path) } }
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CommandError(`${path} is not UTF-8.`)
  }
}

/** A slug made of the file's name, for the forms that carry no name of their own. */
export function nameFor(path: string): string {
  const slug = slugOf(basename(path, extname(path)).slice(0, 64)).replace(/^-+|-+$/g, '')
  return slug === '' ? 'imported' : slug
}

/** The errors of a profile as editors understand them: `file:line: path: message`, one a line. */
export function describeProfileErrors(path: string, errors: readonly FieldError[]): string {
  return errors
    .map(({ path: at, message, line }) => `${path}:${line ?? 1}: ${at === '' ? message : `${at}: ${message}`}`)
    .join('\n')
}

/** Runs what may find a profile invalid, and makes of that a failure that names the file. */
export async function namingErrors<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'profile_invalid' && error.errors !== undefined)
      throw new CommandError(describeProfileErrors(path, error.errors))
    throw error
  }
}
