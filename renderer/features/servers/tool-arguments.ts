/** A form for a tool's arguments, from its input schema: JSON Schema's flat part; whatever is more takes JSON. */

export interface ArgumentField {
  readonly name: string
  readonly kind: 'text' | 'number' | 'flag' | 'choice' | 'json'
  readonly title?: string
  readonly description?: string
  readonly required: boolean
  readonly options?: readonly string[]
}

type Bag = Readonly<Record<string, unknown>>

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined where the schema is not that of an object with named properties. */
export function argumentFields(schema: Bag | undefined): readonly ArgumentField[] | undefined {
  const { properties } = schema ?? {}
  if (properties === undefined)
    return schema?.['additionalProperties'] === false || schema === undefined ? [] : undefined
  if (!isBag(properties)) return undefined
  const required = new Set(Array.isArray(schema?.['required']) ? schema['required'] : [])
  return Object.entries(properties).map(([name, property]) => ({
    name,
    ...describe(isBag(property) ? property : {}),
    required: required.has(name),
  }))
}

function describe(property: Bag): Omit<ArgumentField, 'name' | 'required'> {
  const { title, description, enum: options, type } = property
  const said = {
    ...(typeof title === 'string' && { title }),
    ...(typeof description === 'string' && { description }),
  }
  if (Array.isArray(options) && options.every((option) => typeof option === 'string'))
    return { ...said, kind: 'choice', options: options as string[] }
  if (type === 'string') return { ...said, kind: 'text' }
  if (type === 'number' || type === 'integer') return { ...said, kind: 'number' }
  if (type === 'boolean') return { ...said, kind: 'flag' }
  return { ...said, kind: 'json' }
}

export type Typed = Readonly<Record<string, string | boolean | undefined>>

/** What is typed, as arguments. An empty field that is not required is left out. @throws SyntaxError of JSON */
export function argumentsOf(fields: readonly ArgumentField[], typed: Typed): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const { name, kind, required } of fields) {
    const value = typed[name]
    if (kind === 'flag') {
      if (value === true || required) made[name] = value === true
    } else if (typeof value !== 'string' || (value === '' && !(required && kind === 'text'))) continue
    else if (kind === 'number') made[name] = Number(value)
    else made[name] = kind === 'json' ? (JSON.parse(value) as unknown) : value
  }
  return made
}
