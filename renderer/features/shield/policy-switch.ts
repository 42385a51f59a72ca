/**
 * A policy that is off is one whose lines are all comments, below a line that says so: it stays in its place, readable, and
 * judges nothing.
 */
const mark = '// off'

export function isOff(text: string): boolean {
  return text.split('\n', 1)[0]?.trimEnd() === mark
}

export function turnedOff(text: string): string {
  if (isOff(text)) return text
  return [mark, ...text.split('\n').map((line) => (line === '' ? '//' : `// ${line}`))].join('\n')
}

export function turnedOn(text: string): string {
  if (!isOff(text)) return text
  const [, ...lines] = text.split('\n')
  return lines.map((line) => line.replace(/^\/\/ ?/, '')).join('\n')
}
