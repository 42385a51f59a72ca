import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { operationTable, type Operation } from './control-api.js'

const lists = Object.entries(operationTable).filter(
  ([, { method, answer }]) => method === 'get' && answer instanceof z.ZodObject && 'items' in answer.shape,
)

function takes({ query }: Operation, given: Record<string, string>): boolean {
  return query?.safeParse(given).success === true
}

describe('each list of the control API', () => {
  it('is one of those that the contract names', () => {
    const paths = new Set(lists.map(([, { path }]) => path))
    for (const path of [
      'servers',
      'secrets',
      'keys',
      'accounts',
      'issuances',
      'exchanges',
      'profiles',
      'approvals',
      'agents',
    ])
      expect(paths).toContain(`/${path}`)
  })

  it.each(lists)(
    '%s takes a cursor and a limit, and refuses limits that are none and words that it does not know',
    (_id, operation) => {
      expect(takes(operation, { cursor: 'x', limit: '500' })).toBe(true)
      for (const limit of ['0', '501', '1.5', 'many', '']) expect(takes(operation, { limit })).toBe(false)
      expect(takes(operation, { colour: 'red' })).toBe(false)
    },
  )
})
