/** What the profile's JSON Schema knows of a place in a profile: which keys it takes, and in which order they are written. */
import { profileJsonSchema } from '../contract/profile.js'

interface SchemaNode {
  readonly type?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
}

const root: SchemaNode = profileJsonSchema()

/** The part of the schema that describes a server. */
const serverRoot = child(child(root, {}, 'mcpServers'), {}, 'server') ?? {}

/** What a path begins at; of `other` nothing is known. */
export type SchemaRoot = 'profile' | 'server' | 'other'

/** The keys that a mapping at this path takes, in the order of the schema; empty where any or none may stand. */
export function knownKeys(
  path: readonly PropertyKey[],
  value: unknown,
  from: SchemaRoot = 'profile',
): readonly string[] {
  let node: SchemaNode | undefined = { profile: root, server: serverRoot, other: {} }[from]
  let at = value
  for (const key of path) {
    node = child(node, at, key)
    at = property(at, key)
  }
  return Object.keys(branch(node, at)?.properties ?? {})
}

/** A copy whose keys stand in the order of the schema, and in alphabetical order where the schema names none. */
export function inSchemaOrder(value: unknown, node: SchemaNode | undefined = root): unknown {
  if (Array.isArray(value)) return value.map((item, index) => inSchemaOrder(item, child(node, value, index)))
  if (typeof value !== 'object' || value === null) return value
  const order = Object.keys(branch(node, value)?.properties ?? {})
  const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, inSchemaOrder(item, child(node, value, key))]))
}

function child(node: SchemaNode | undefined, value: unknown, key: PropertyKey): SchemaNode | undefined {
  const chosen = branch(node, value)
  if (typeof key === 'number') return chosen?.items
  const named = chosen?.properties?.[String(key)]
  if (named !== undefined) return named
  return typeof chosen?.additionalProperties === 'object' ? chosen.additionalProperties : undefined
}

/** Of a union, the branch that a value is meant for: told by its `type` where there is one, else the first of its kind. */
function branch(node: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  const branches = node?.anyOf ?? node?.oneOf
  if (branches === undefined) return node
  const type = property(value, 'type')
  const kind = Array.isArray(value) ? 'array' : 'object'
  return (
    branches.find((one) => type !== undefined && one.properties?.['type']?.const === type) ??
    branches.find((one) => one.type === kind && one.properties?.['type'] === undefined)
  )
}

function property(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
