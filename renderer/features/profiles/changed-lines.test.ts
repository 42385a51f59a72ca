import { expect, it } from 'vitest'
import { changedLines, commandLine } from './changed-lines.js'

it('shows only the keys that differ', () => {
  expect(changedLines({ url: 'http://a', enabled: true }, { url: 'http://b', enabled: true })).toEqual([
    { sign: '-', text: 'url: "http://a"' },
    { sign: '+', text: 'url: "http://b"' },
  ])
})

it('shows all of what is added or removed, and long values on lines of their own', () => {
  expect(changedLines(undefined, { url: 'http://a' })).toEqual([{ sign: '+', text: 'url: "http://a"' }])
  expect(changedLines(false, undefined)).toEqual([{ sign: '-', text: 'false' }])
  expect(changedLines({}, { args: ['x'.repeat(80)] }).map(({ text }) => text)).toEqual([
    'args: [',
    `  "${'x'.repeat(80)}"`,
    ']',
  ])
})

it('writes a command as a shell would take it', () => {
  expect(commandLine({ command: 'npx', args: ['-y', 'a b', "it's"] })).toBe("npx -y 'a b' 'it'\\''s'")
  expect(commandLine({ url: 'http://a' })).toBeUndefined()
})
