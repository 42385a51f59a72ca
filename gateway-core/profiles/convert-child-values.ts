/** Arguments and environment of a foreign command: text stays text, secrets become references. */
import { isMapping, type Conversion, type PrefixedSecret } from './conversion.js'
import { isPath, isPlainValue, namesSecret, tokenShapeAt, urlHoldsSecret } from './secret-shapes.js'

export type ConvertedValue = string | PrefixedSecret

/** Reads a foreign `env`. Literals go to the vault unless they are plainly not secret. */
export function readEnvironment(
  conversion: Conversion,
  slug: string,
  env: unknown,
  at: string,
): Record<string, ConvertedValue> {
  const converted: Record<string, ConvertedValue> = {}
  if (!isMapping(env)) {
    conversion.fail(at, 'expected a mapping of names to values')
    return converted
  }
  for (const [name, written] of Object.entries(env)) {
    const path = `${at}.${name}`
    if (written === null) {
      conversion.warn(path, 'is not carried over: it has no value')
      continue
    }
    const value = typeof written === 'number' || typeof written === 'boolean' ? String(written) : written
    if (typeof value !== 'string') conversion.fail(path, 'expected text')
    else if (!value.includes('${') && isPlainValue(name, value)) converted[name] = value
    else {
      const reference = conversion.secret(value, `${slug}-${name}`, path)
      if (reference !== undefined) converted[name] = reference
    }
  }
  return converted
}

/** Where the secret part of an argument begins, and what it is called. */
interface SecretPart {
  readonly start: number
  readonly name: string
}

/**
 * Reads foreign `args`. A value after a flag that names a secret, one of a known token format, and a variable become
 * references; each comes with a warning, since other programs of the machine can read a command's arguments.
 *
 * @param ownNames names that the entry's own `env` sets; a variable of such a name is the program's to expand
 */
export function readArguments(
  conversion: Conversion,
  slug: string,
  args: unknown,
  at: string,
  ownNames: ReadonlySet<string>,
): ConvertedValue[] {
  if (!Array.isArray(args)) {
    conversion.fail(at, 'expected a list of arguments')
    return []
  }
  const written = args.map((arg: unknown) => (typeof arg === 'number' || typeof arg === 'boolean' ? String(arg) : arg))
  return written.flatMap((arg, index): ConvertedValue[] => {
    const path = `${at}[${index}]`
    if (typeof arg !== 'string') {
      conversion.fail(path, 'expected text')
      return []
    }
    const before: unknown = written[index - 1]
    const converted = readArgument(conversion, slug, arg, typeof before === 'string' ? before : '', path, ownNames)
    if (typeof converted === 'object')
      conversion.warn(
        path,
        'other programs of this machine can read a secret in an argument: use env where the program allows it',
      )
    return converted === undefined ? [] : [converted]
  })
}

function readArgument(
  conversion: Conversion,
  slug: string,
  arg: string,
  before: string,
  path: string,
  ownNames: ReadonlySet<string>,
): ConvertedValue | undefined {
  const variables = [...arg.matchAll(/\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g)].map(([, name]) => name ?? '')
  if (variables.length > 0 && variables.every((name) => ownNames.has(name))) {
    conversion.warn(path, `\${${variables[0]}} stays as it is: the entry’s own env sets it, for the program to put in`)
    return arg
  }
  const index = /\[(\d+)\]$/.exec(path)?.[1] ?? '0'
  if (arg.includes('${')) return conversion.secret(arg, `${slug}-arg-${index}`, path)
  const part = secretPart(arg, before, index)
  if (part === undefined) return arg
  const reference = conversion.secret(arg.slice(part.start), `${slug}-${part.name}`, path)
  if (reference === undefined || part.start === 0) return reference
  return { secret: reference.secret, prefix: arg.slice(0, part.start) }
}

function secretPart(arg: string, before: string, index: string): SecretPart | undefined {
  const inline = /^(?<flag>--?[A-Za-z][\w.-]*)=(?<value>.+)$/s.exec(arg)
  const flag =
    inline?.groups?.['flag'] ?? (/^--?[A-Za-z][\w.-]*$/.test(before) && !arg.startsWith('-') ? before : undefined)
  const value = inline?.groups?.['value'] ?? arg
  const offset = arg.length - value.length
  if (flag !== undefined) {
    const found = flagPart(flag, value)
    if (found !== undefined) return { start: offset + found.start, name: found.name }
  }
  const shape = tokenShapeAt(arg)
  if (shape >= 0) return { start: shape, name: `arg-${index}` }
  const bearer = /(?:^|[\s:=])(?:bearer|basic) +(?=\S{8,}$)/i.exec(arg)
  if (bearer !== null) return { start: bearer.index + bearer[0].length, name: `arg-${index}` }
  return urlHoldsSecret(value) ? { start: offset, name: `arg-${index}` } : undefined
}

/** Where the secret begins in the value of a flag. */
function flagPart(flag: string, value: string): SecretPart | undefined {
  const name = flag.replace(/^-+/, '')
  if (/^(?:header|H)$/.test(name)) {
    const header = /^([\w-]+):\s*(?:(?:bearer|basic|token) +)?(?=\S)/i.exec(value)
    if (header === null || /^(?:accept|content-type|user-agent)$/i.test(header[1] ?? '')) return undefined
    return { start: header[0].length, name: (header[1] ?? '').toLowerCase() }
  }
  if (/^(?:e|env)$/.test(name)) {
    const [whole, variable = ''] = /^([A-Za-z_]\w*)=/.exec(value) ?? []
    if (whole === undefined || isPlainValue(variable, value.slice(whole.length))) return undefined
    return { start: whole.length, name: variable }
  }
  if (!namesSecret(name) || value === '' || isPath(value) || /^(?:true|false)$/i.test(value)) return undefined
  return { start: 0, name }
}
