/** Keys pressed together, as text: `Mod+Shift+T`. `Mod` is ⌘ on a Mac and Ctrl elsewhere. */

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  /** The key by its place: `Digit1`. */
  readonly code?: string
}

const modifierKeys = new Set(['Control', 'Meta', 'Alt', 'Shift'])

/** @returns undefined while only modifiers are held */
export function chordOf(
  { key: typed, code = '', ctrlKey, metaKey, altKey, shiftKey }: KeyPress,
  mac = isMac,
): string | undefined {
  if (modifierKeys.has(typed)) return undefined
  // With Alt and Shift a digit's key types whatever the layout has there.
  const digit = altKey && shiftKey ? /^Digit(\d)$/.exec(code)?.[1] : undefined
  const key = digit ?? typed
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase()
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key
  return [
    (mac ? metaKey : ctrlKey) && 'Mod',
    mac && ctrlKey && 'Ctrl',
    altKey && 'Alt',
    // A sign such as "?" already says that Shift was held.
    shiftKey && (!isSign || digit !== undefined) && 'Shift',
    name,
  ]
    .filter((part) => part !== false)
    .join('+')
}

/** Whether a chord would also type something. */
export function typesText(chord: string): boolean {
  return !/^(Mod|Ctrl|Alt)\+/.test(chord) && !/^(Shift\+)?F\d+$/.test(chord)
}

const macSigns: Readonly<Record<string, string>> = { Mod: '⌘', Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Enter: '⏎' }

/** A chord's keys, one by one, as people know them. */
export function keyCaps(chord: string, mac = isMac): readonly string[] {
  return splitChord(chord).map((part) => (mac ? macSigns[part] : part === 'Mod' ? 'Ctrl' : undefined) ?? part)
}

/** A chord as `aria-keyshortcuts` wants it. */
export function ariaKeys(chord: string, mac = isMac): string {
  return splitChord(chord)
    .map((part) => (part === 'Mod' ? (mac ? 'Meta' : 'Control') : part))
    .join('+')
}

function splitChord(chord: string): readonly string[] {
  return chord.split(/\+(?=.)/)
}
