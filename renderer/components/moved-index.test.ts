import { expect, it } from 'vitest'
import { movedIndex } from './moved-index.js'

const press = (key: string, held: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...held })

it.each([
  ['j', 3, 4],
  ['ArrowDown', 9, 9],
  ['k', 0, 0],
  ['ArrowUp', 5, 4],
  ['End', 2, 9],
  ['Home', 2, 0],
  ['PageDown', 2, 9],
  ['PageUp', 2, 0],
])('%s moves row %i of 10 to %i', (key, index, moved) => {
  expect(movedIndex(press(key), index, 10)).toBe(moved)
})

it('leaves keys with a modifier to the commands', () => {
  expect(movedIndex(press('j', { ctrlKey: true }), 3, 10)).toBeUndefined()
  expect(movedIndex(press('x'), 3, 10)).toBeUndefined()
})
