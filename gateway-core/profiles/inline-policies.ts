/** Puts the text of policy files into a profile, for the control API, which takes no paths. */
import { readFile, realpath } from 'node:fs/promises'
import { basename, extname, isAbsolute, join, relative, sep } from 'node:path'
import { slugOf, isMapping } from './conversion.js'
import { profileInvalid } from './profile-invalid.js'
import { parseSource } from './source-document.js'

/**
 * Rewrites a profile so that every policy that is a path becomes `{ name, text }`, on the line where the path stood. The
 * rest of the file stays as it was, and so do its line numbers.
 *
 * @param readPolicy gives the text of a file, by its path relative to the profile; see `policyReader`
 * @throws GatewayError `profile_invalid` where a path leaves the profile's folder, two policies have one name, a file
 *   cannot be read, or the profile cannot be parsed
 */
export async function inlinePolicies(
  text: string,
  format: 'yaml' | 'json',
  readPolicy: (path: string) => Promise<string> | string,
): Promise<string> {
  const document = parseSource(text, format)
  const shield = isMapping(document.value) ? document.value['shield'] : undefined
  const policies: unknown = isMapping(shield) ? shield['policies'] : undefined
  if (!Array.isArray(policies)) return text
  const names = new Set(policies.map((policy: unknown) => (isMapping(policy) ? policy['name'] : undefined)))
  const edits: { readonly range: readonly [number, number]; readonly text: string }[] = []
  for (const [index, policy] of policies.entries()) {
    if (typeof policy !== 'string') continue
    const path = `shield.policies[${index}]`
    const range = document.rangeOf(path)
    const name = slugOf(basename(policy, extname(policy)))
    const fail = (message: string): never => {
      throw profileInvalid([{ path, line: document.lineOf(path), message }])
    }
    const problem = policyPathProblem(policy)
    if (problem !== undefined) fail(problem)
    if (names.has(name)) fail(`two policies have the name ${name}: rename one of the files`)
    names.add(name)
    const content = await readContent(policy, readPolicy, fail)
    if (range !== undefined) edits.push({ range, text: JSON.stringify({ name, text: content }) })
  }
  return edits.reduceRight(
    (whole, edit) => whole.slice(0, edit.range[0]) + edit.text + whole.slice(edit.range[1]),
    text,
  )
}

async function readContent(
  policy: string,
  readPolicy: (path: string) => Promise<string> | string,
  fail: (message: string) => never,
): Promise<string> {
  try {
    return await readPolicy(policy)
  } catch (error) {
    return fail(`${policy} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`)
  }
}

/** Why a policy's path is not taken, or undefined where it is. Links are not followed here; `policyReader` does. */
export function policyPathProblem(path: string): string | undefined {
  const outside = 'expected a path within the folder of the profile'
  if (isAbsolute(path) || /^[A-Za-z]:|^[\\/~]/.test(path) || path.includes('\0')) return outside
  return path.split(/[\\/]/).includes('..') ? outside : undefined
}

/** Reads files within one folder, following no link out of it. */
export function policyReader(folder: string): (path: string) => Promise<string> {
  return async (path) => {
    const within = await realpath(folder)
    const target = await realpath(join(within, path))
    const inside = relative(within, target)
    if (inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside))
      throw new Error('it leads out of the folder of the profile')
    return readFile(target, 'utf8')
  }
}
