import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** WCAG 2.2: 1.4.3 for text, 1.4.11 for the edges of controls, 1.4.6 for the high-contrast themes. */
const minimum = { text: 4.5, edge: 3, contrastText: 7 }

const surfaces = ['bg', 'panel', 'raised', 'hover', 'selected']
const texts = ['fg', 'fg-2', 'fg-3', 'accent', 'allow', 'deny', 'open', 'pending']
const tints = ['allow', 'deny', 'open', 'pending'].flatMap((tone) =>
  ['fg', 'fg-2', tone].map((text) => [text, `tint-${tone}`] as const),
)
const diffs = ['added', 'removed', 'changed'].map((name) => [name, `${name}-bg`] as const)
const textPairs = [
  ...surfaces.flatMap((surface) => texts.map((text) => [text, surface] as const)),
  ...tints,
  ...diffs,
  ...diffs.map(([, surface]) => ['fg-2', surface] as const),
  ['on-accent', 'accent-solid'] as const,
]
const edgePairs = ['bg', 'panel', 'raised'].flatMap((surface) => [
  ['line-strong', surface] as const,
  ['focus', surface] as const,
])

const themes = readThemes(readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8'))

function readThemes(css: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const blocks = [...css.matchAll(/\[data-theme='([\w-]+)'\] \{([^}]*)\}/g)]
  return new Map(
    blocks.map(([, name = '', body = '']) => [
      name,
      new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, token = '', color = '']) => [token, color])),
    ]),
  )
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** @see [WCAG 2.2, contrast ratio](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio) */
function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].toSorted((one, other) => other - one)
  return (light + 0.05) / (dark + 0.05)
}

describe.each([...themes])('the theme %s', (name, tokens) => {
  const ratio = (text: string, surface: string): number => {
    const [one, other] = [tokens.get(text), tokens.get(surface)]
    if (one === undefined || other === undefined) throw new Error(`${name} lacks ${text} or ${surface}`)
    return contrast(one, other)
  }
  const below = (pairs: readonly (readonly [string, string])[], least: number): readonly string[] =>
    pairs.filter((pair) => ratio(...pair) < least).map(([a, b]) => `${a} on ${b}: ${ratio(a, b).toFixed(2)}`)

  it('reads: every text on every surface that it stands on', () => {
    expect(below(textPairs, name.startsWith('contrast') ? minimum.contrastText : minimum.text)).toEqual([])
  })

  it('shows where controls end and where the focus is', () => {
    expect(below(edgePairs, minimum.edge)).toEqual([])
  })
})

it('there are four themes with the same tokens', () => {
  const names = [...themes.values()].map((tokens) => [...tokens.keys()].toSorted())
  expect(names).toHaveLength(4)
  for (const tokens of names) expect(tokens).toEqual(names[0])
})
