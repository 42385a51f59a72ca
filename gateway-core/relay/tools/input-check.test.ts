import { describe, expect, it } from 'vitest'
import { createInputCheck, refuseInput } from './input-check.js'

const noteSchema = {
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 1 },
    tags: { type: 'array', items: { type: 'string' } },
    'a/b': { type: 'object', properties: { n: { type: 'integer' } } },
    kind: { enum: ['note', 'task'] },
  },
  required: ['title'],
  additionalProperties: false,
}

describe('checking the arguments of a tool', () => {
  it('lets pass what fits, counts it, and changes nothing in it', () => {
    const input = createInputCheck()
    const args = Object.freeze({ title: 'x', tags: Object.freeze(['a']) })
    expect(input.check(noteSchema, args)).toBeUndefined()
    expect(input.counts).toEqual({ passed: 1, refused: 0, unchecked: 0 })
  })

  it('tells everything that does not fit, and where', () => {
    const input = createInputCheck()
    // Compiling takes time of its own, and what takes too long is told in part.
    input.check(noteSchema, { title: 'compiled' })
    expect(input.check(noteSchema, { tags: ['a', 1], 'a/b': { n: 1.5 }, kind: 'x', more: 1 })).toEqual([
      { path: '', message: "must have required property 'title'" },
      { path: '', message: 'must NOT have additional properties: "more"' },
      { path: 'tags.1', message: 'must be string' },
      { path: 'a/b.n', message: 'must be integer' },
      { path: 'kind', message: 'must be equal to one of the allowed values: ["note","task"]' },
    ])
    expect(input.counts.refused).toBe(1)
  })

  it('takes absent arguments for none', () => {
    const input = createInputCheck()
    expect(input.check({ type: 'object' }, undefined)).toBeUndefined()
    expect(input.check(noteSchema, undefined)).toHaveLength(1)
  })

  it('tells ten mistakes at most', () => {
    const schema = { type: 'object', additionalProperties: { type: 'string' } }
    const args = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, index]))
    expect(createInputCheck().check(schema, args)).toHaveLength(10)
  })

  it('refuses large arguments with their first mistake, soon', () => {
    const schema = { type: 'object', properties: { list: { type: 'array', items: { type: 'string' } } } }
    const list = Array.from({ length: 500_000 }, (_, index) => index)
    const startedMs = performance.now()
    expect(createInputCheck().check(schema, { list })).toEqual([{ path: 'list.0', message: 'must be string' }])
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  it('reads draft-07 where the schema says so, and 2020-12 where it does not', () => {
    const tuple = { type: 'object', properties: { pair: { items: [{ type: 'string' }, { type: 'number' }] } } }
    const draft07 = { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }
    const modern = { type: 'object', properties: { pair: { prefixItems: [{ type: 'string' }] } } }
    const input = createInputCheck()
    expect(input.check(draft07, { pair: [1, 1] })).toEqual([{ path: 'pair.0', message: 'must be string' }])
    expect(input.check(modern, { pair: [1] })).toEqual([{ path: 'pair.0', message: 'must be string' }])
    expect(
      input.check({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...modern }, { pair: [1] }),
    ).toHaveLength(1)
  })

  it.each([
    ['a reference that leads elsewhere', { $ref: 'https://example.com/schema.json' }],
    ['a file', { $ref: 'file:///etc/passwd' }],
    ['a draft that is not known', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'string' }],
    ['a schema that is not valid', { type: 'no-such-type' }],
    ['a keyword of the wrong type', { minimum: '1;process.exit()' }],
    ['a schema over 64 KiB', { type: 'string', description: 'x'.repeat(70_000) }],
    ['an asynchronous schema', { $async: true, type: 'string' }],
    ['no schema', undefined],
    ['something else', 'text'],
    ['an endless reference', { $ref: '#' }],
  ])('lets everything pass unchecked with %s', (_what, schema) => {
    const input = createInputCheck()
    expect(input.check(schema, { a: 1 })).toBeUndefined()
    expect(input.counts).toEqual({ passed: 0, refused: 0, unchecked: 1 })
  })

  it('uses two schemas of one $id side by side', () => {
    const input = createInputCheck()
    const a = {
      $id: 'https://example.com/s',
      type: 'object',
      properties: { x: { $ref: '#/$defs/x' } },
      $defs: { x: { type: 'string' } },
    }
    const b = { ...a, $defs: { x: { type: 'number' } } }
    expect(input.check(a, { x: 1 })).toHaveLength(1)
    expect(input.check(b, { x: 1 })).toBeUndefined()
    expect(input.counts.unchecked).toBe(0)
  })

  it('stops a pattern that backtracks without end, and does not try it twice', () => {
    const input = createInputCheck()
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } }
    expect(input.check(schema, { a: 'aaa' })).toBeUndefined()
    expect(input.counts.passed).toBe(1)
    const bomb = { a: `${'a'.repeat(60)}!` }
    expect(input.check(schema, bomb)).toBeUndefined()
    const startedMs = performance.now()
    for (let call = 0; call < 100; call++) input.check(schema, bomb)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(input.counts.unchecked).toBe(101)
  })

  it('refuses what does not fit, also where telling everything about it would take too long', () => {
    const properties = { a: { type: 'number' }, b: { type: 'string', pattern: '^(a+)+$' } }
    const bomb = { a: 'one', b: `${'a'.repeat(60)}!` }
    const input = createInputCheck()
    for (let call = 0; call < 2; call++)
      expect(input.check({ type: 'object', properties }, bomb)).toEqual([{ path: 'a', message: 'must be number' }])
    expect(input.counts).toEqual({ passed: 0, refused: 2, unchecked: 0 })
  })

  it('stops references that multiply', () => {
    const defs: Record<string, object> = { d40: { type: 'object' } }
    for (let n = 0; n < 40; n++)
      defs[`d${n}`] = { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] }
    const input = createInputCheck()
    expect(input.check({ $ref: '#/$defs/d0', $defs: defs }, {})).toBeUndefined()
    expect(input.counts.unchecked).toBe(1)
  })

  it('passes over patterns that are very long or invalid, and reads those of other languages', () => {
    const schema = {
      type: 'object',
      properties: {
        long: { type: 'string', pattern: `^(${'a|'.repeat(200)}b)$` },
        broken: { type: 'string', pattern: '(' },
        python: { type: 'string', pattern: String.raw`^a\_b$` },
        unicode: { type: 'string', pattern: String.raw`^\p{L}+$` },
        n: { type: 'integer' },
      },
    }
    const input = createInputCheck()
    expect(input.check(schema, { long: 'zzz', broken: 'zzz', python: 'a_b', unicode: 'äß' })).toBeUndefined()
    expect(input.check(schema, { python: 'x', unicode: '1', n: 'x' })).toEqual([
      { path: 'python', message: String.raw`must match pattern "^a\\_b$"` },
      { path: 'unicode', message: String.raw`must match pattern "^\\p{L}+$"` },
      { path: 'n', message: 'must be integer' },
    ])
    expect(input.counts.unchecked).toBe(0)
  })

  it('forgets the oldest of more than 2,000 schemas and goes on', () => {
    const input = createInputCheck()
    const schemas = Array.from({ length: 2_100 }, (_, index) => ({ const: index }))
    for (const schema of schemas) expect(input.check(schema, schema.const)).toBeUndefined()
    expect(input.check(schemas[0], 1)).toHaveLength(1)
    expect(input.counts).toEqual({ passed: 2_100, refused: 1, unchecked: 0 })
  })

  it('answers as a tool would, so that a model reads it', () => {
    expect(
      refuseInput([
        { path: '', message: 'a' },
        { path: 'x.y', message: 'b' },
      ]),
    ).toEqual({
      result: {
        content: [
          {
            type: 'text',
            text: 'The arguments do not fit the input schema of this tool, and the call was not made.\n- arguments: a\n- x.y: b',
          },
        ],
        isError: true,
      },
    })
  })
})
