/** What of a tool's definition counts, as one text; and what is different between two of them. */
import { createHash } from 'node:crypto'
import { isRecord, type Params } from '../contract/json-rpc.js'

/**
 * Hash of a definition, lower-case hex SHA-256. The order of keys does not matter, nor that of `required`, which is a set;
 * `_meta` is not counted, as it is for programs and may differ each time.
 */
export function hashDefinition(tool: Params): string {
  return createHash('sha256')
    .update(canonical(counted(tool)))
    .digest('hex')
}

/** The definition without what does not count. */
export function counted(tool: Params): Params {
  const { _meta, ...rest } = tool
  return rest
}

function canonical(value: unknown, key = ''): string {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => canonical(item))
    return `[${(key === 'required' ? items.toSorted() : items).join(',')}]`
  }
  if (!isRecord(value)) return JSON.stringify(value ?? null)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item, name)}`).join(',')}}`
}

/** A part of a definition that is not as it was. A side without it has none. */
export interface DefinitionChange {
  /** Dotted, e.g. `inputSchema.properties.path.type`. */
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

const maxChanges = 200

/** @param before null where there was none */
export function diffDefinitions(before: Params | null, after: Params | null): readonly DefinitionChange[] {
  const changes: DefinitionChange[] = []
  compare('', before ?? {}, after ?? {}, changes)
  return changes
}

function compare(path: string, before: unknown, after: unknown, changes: DefinitionChange[]): void {
  if (changes.length >= maxChanges) return
  if (isRecord(before) && isRecord(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(path === '' ? name : `${path}.${name}`, before[name], after[name], changes)
    return
  }
  const key = path.slice(path.lastIndexOf('.') + 1)
  if (before !== undefined && after !== undefined && canonical(before, key) === canonical(after, key)) return
  if (before === undefined && after === undefined) return
  changes.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) })
}
