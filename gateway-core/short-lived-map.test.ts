import { expect, test } from 'vitest'
import { ShortLivedMap } from './short-lived-map.js'

test('gives what was set, in the order in which it was set, until it is deleted', () => {
  const map = new ShortLivedMap<number, string>()
  map.set(1, 'one')
  map.set(2, 'two')
  map.set(1, 'first')
  expect([...map.values()]).toEqual(['two', 'first'])
  expect(map.get(1)).toBe('first')
  expect(map.size).toBe(2)
  expect(map.delete(1)).toBe(true)
  expect(map.delete(1)).toBe(false)
  expect(map.get(1)).toBeUndefined()
  expect(map.has(1)).toBe(false)
  expect(map.has(2)).toBe(true)
  map.clear()
  expect(map.size).toBe(0)
  expect([...map.values()]).toEqual([])
})

test('leaves out what is deleted while it is gone through', () => {
  const map = new ShortLivedMap<string, number>()
  for (const name of ['a', 'b', 'c']) map.set(name, name.charCodeAt(0))
  const seen: number[] = []
  for (const value of map.values()) {
    seen.push(value)
    map.delete('b')
  }
  expect(seen).toEqual([97, 99])
})
