import { expect, it } from 'vitest'
import * as z from 'zod'
import { dottedPath, fieldErrors } from './field-errors.js'

it('names the place of every error, unknown keys included', () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ size: z.number() })) })
  const parsed = schema.safeParse({ list: [{ size: 1 }, { size: 'x', colour: 'red' }], extra: 1 })
  expect(fieldErrors(parsed.error?.issues ?? []).map(({ path }) => path)).toEqual([
    'list[1].size',
    'list[1].colour',
    'extra',
  ])
})

it('tells of a union the branch that was meant', () => {
  const schema = z.object({
    key: z.union([z.strictObject({ a: z.string(), b: z.string() }), z.strictObject({ c: z.string() })]),
  })
  const parsed = schema.safeParse({ key: { a: 'x' } })
  expect(fieldErrors(parsed.error?.issues ?? [])).toEqual([expect.objectContaining({ path: 'key.b' })])
})

it('says what is expected in words for people, the schema’s own first', () => {
  const schema = z.object({
    ...{
      text: z.string(),
      size: z.number(),
      flag: z.boolean(),
      list: z.array(z.string()),
      map: z.record(z.string(), z.string()),
    },
    choice: z.enum(['allow', 'deny']),
    own: z.string('expected a name'),
  })
  const parsed = schema.safeParse({ list: 'x', choice: 'maybe' })
  expect(fieldErrors(parsed.error?.issues ?? []).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    'text: expected text',
    'size: expected a number',
    'flag: expected true or false',
    'list: expected a list',
    'map: expected an object',
    'choice: expected "allow" or "deny"',
    'own: expected a name',
  ])
})

it('writes paths as people read them', () => {
  expect(dottedPath([])).toBe('')
  expect(dottedPath(['mcpServers', 'x', 'outbound_headers', 0, 'header'])).toBe(
    'mcpServers.x.outbound_headers[0].header',
  )
})
