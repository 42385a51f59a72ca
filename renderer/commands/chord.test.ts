import { describe, expect, it, vi } from 'vitest'

vi.stubGlobal('navigator', { userAgent: 'X11; Linux x86_64' })
const { ariaKeys, chordOf, keyCaps, typesText } = await import('./chord.js')

const press = (key: string, held: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
})

describe('chordOf', () => {
  it.each([
    [press('k', { ctrlKey: true }), false, 'Mod+K'],
    [press('k', { metaKey: true }), true, 'Mod+K'],
    [press('T', { ctrlKey: true, shiftKey: true }), false, 'Mod+Shift+T'],
    [press('?', { shiftKey: true }), false, '?'],
    [press('\\', { ctrlKey: true }), false, 'Mod+\\'],
    [press('ArrowDown', { altKey: true }), false, 'Alt+ArrowDown'],
    [press('!', { altKey: true, shiftKey: true, code: 'Digit1' }), false, 'Alt+Shift+1'],
    [press('Shift', { shiftKey: true }), false, undefined],
  ])('%o is %s', (given, mac, chord) => expect(chordOf(given, mac)).toBe(chord))
})

it('knows which chords also type something', () => {
  expect(['/', 'Shift+A', 'Mod+K', 'Alt+1', 'F6'].map(typesText)).toEqual([true, true, false, false, false])
})

it('shows keys as people and screen readers know them', () => {
  expect(keyCaps('Mod+Shift+T', true)).toEqual(['⌘', '⇧', 'T'])
  expect(keyCaps('Mod+Shift+T', false)).toEqual(['Ctrl', 'Shift', 'T'])
  expect(ariaKeys('Mod+,', false)).toBe('Control+,')
  expect(ariaKeys('Alt++', false)).toBe('Alt++')
})
