/** `mcpServers` of the Highflame seed, of Claude, Cursor and their kin, and VS Code's `servers`. */
import { isMapping, slugOf, type Conversion, type Mapping } from './conversion.js'
import { convertServerEntry } from './convert-server-entry.js'

/** Converts a whole file whose servers stand under one key; what else it holds is named in warnings. */
export function convertServerMap(
  conversion: Conversion,
  file: Mapping,
  key: 'mcpServers' | 'servers',
): Record<string, unknown> {
  for (const [other, value] of Object.entries(file)) {
    if (other === key || other === '$schema') continue
    if (other === 'inputs') warnOfInputs(conversion, value)
    else conversion.warn(other, `the key "${other}" is not carried over`)
  }
  const entries = file[key]
  if (!isMapping(entries)) {
    conversion.fail(key, 'expected a mapping of names to servers')
    return {}
  }
  const slugs = new Slugs(conversion)
  const servers: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(entries)) {
    const at = `${key}.${name}`
    const slug = slugs.take(name, at)
    if (slug === undefined) continue
    if (isMapping(entry)) servers[slug] = convertServerEntry(conversion, slug, entry, at)
    else conversion.fail(at, 'expected a mapping that describes a server')
  }
  return servers
}

/** Gives out slugs, each once. */
export class Slugs {
  readonly #conversion: Conversion
  readonly #nameBySlug = new Map<string, string>()

  constructor(conversion: Conversion) {
    this.#conversion = conversion
  }

  take(name: string, path: string): string | undefined {
    const slug = slugOf(name)
    const other = this.#nameBySlug.get(slug)
    if (slug === '') return this.#conversion.fail(path, 'expected a name with at least one letter or digit')
    if (other !== undefined)
      return this.#conversion.fail(path, `"${name}" and "${other}" both become the slug ${slug}: rename one of them`)
    this.#nameBySlug.set(slug, name)
    return slug
  }
}

/** An input only asks for a value, which is what a missing secret does here. A default would be lost silently. */
function warnOfInputs(conversion: Conversion, inputs: unknown): void {
  if (!Array.isArray(inputs)) {
    conversion.fail('inputs', 'expected a list of inputs')
    return
  }
  for (const [index, input] of inputs.entries()) {
    if (!isMapping(input) || typeof input['id'] !== 'string')
      conversion.fail(`inputs[${index}]`, 'expected an input with an id')
    else if (input['default'] !== undefined)
      conversion.warn(`inputs[${index}].default`, `is not carried over: set the secret ${input['id']}`)
  }
}
