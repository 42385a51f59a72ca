import { describe, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { listPage } from './list-page.js'

const all = ['a', 'b', 'c', 'd', 'e']
const own = (item: string): string => item

describe('a list', () => {
  it('comes whole, without a cursor, unless a limit is given', () => {
    expect(listPage(all, {}, own)).toEqual({ items: all })
    expect(listPage(all, { limit: 5 }, own)).toEqual({ items: all })
    expect(listPage([], { limit: 1 }, own)).toEqual({ items: [] })
  })

  it('goes on after the last item of the page before, whatever was added or removed meanwhile', () => {
    const first = listPage(all, { limit: 2 }, own)
    expect(first.items).toEqual(['a', 'b'])
    const { nextCursor: cursor = '' } = first
    expect(listPage(all, { limit: 2, cursor }, own)).toMatchObject({
      items: ['c', 'd'],
      nextCursor: expect.any(String),
    })
    expect(listPage(all, { cursor }, own)).toEqual({ items: ['c', 'd', 'e'] })
    expect(listPage(['0', ...all], { cursor }, own).items).toEqual(['c', 'd', 'e'])
    expect(listPage(['a', 'c', 'd', 'e'], { cursor }, own).items).toEqual(['c', 'd', 'e'])
    expect(listPage([], { cursor }, own)).toEqual({ items: [] })
  })

  it.each(['', 'zzz', 'WzEsMV0', 'WyJhIiwxXQ', 'before-1'])('has no page behind the cursor %j', (cursor) => {
    const asked = (): unknown => listPage(all, { cursor }, own)
    expect(asked).toThrow(GatewayError)
    expect(asked).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        errors: [{ path: 'cursor', message: 'expected a nextCursor of an earlier answer' }],
      }),
    )
  })
})
