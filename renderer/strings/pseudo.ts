/** A language that nobody speaks: English with accents, two fifths longer, in brackets. Shows clipping and loose strings. */

const accents: Readonly<Record<string, string>> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', y: 'ý', n: 'ñ', c: 'ç' }

interface Catalogue {
  readonly [key: string]: string | Catalogue
}

/** Placeholders, `{{name}}`, and tags, `<code>`, stay as they are. */
export function pseudoOf(catalogue: Catalogue): Catalogue {
  return Object.fromEntries(
    Object.entries(catalogue).map(([key, value]) => [
      key,
      typeof value === 'string' ? pseudoText(value) : pseudoOf(value),
    ]),
  )
}

function pseudoText(text: string): string {
  const changed = text
    .split(/(\{\{[^}]*\}\}|<[^>]*>)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[aeiouync]/g, (letter) => accents[letter] ?? letter)))
    .join('')
  return `[${changed}${'·'.repeat(Math.ceil(text.length * 0.4))}]`
}
