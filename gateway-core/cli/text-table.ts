/** Plain aligned text for people. */

/**
 * Rows below a line of column names, two spaces between columns; `empty` where there are none. What a server sent
 * cannot move the cursor: control characters become visible.
 */
export function textTable(
  columns: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty
  const lines = [columns, ...rows].map((row) => row.map((cell) => visible(cell ?? '')))
  const widths = columns.map((_column, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Shows control and bidirectional formatting characters as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )
}
