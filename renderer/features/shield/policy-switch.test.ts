import { expect, it } from 'vitest'
import { isOff, turnedOff, turnedOn } from './policy-switch.js'

const text = '// a remark\n@id("x")\n\nforbid(principal, action, resource)\n  when { true };\n'

it('turns a policy off as comments alone, and on as it was', () => {
  const off = turnedOff(text)
  expect(isOff(text)).toBe(false)
  expect(isOff(off)).toBe(true)
  expect(off.split('\n').every((line) => line.startsWith('//'))).toBe(true)
  expect(turnedOff(off)).toBe(off)
  expect(turnedOn(off)).toBe(text)
  expect(turnedOn(text)).toBe(text)
})
