/** A change of a part of a profile, key by key, for reading. Pure. */
export interface ChangedLine {
  readonly sign: '+' | '-'
  readonly text: string
}

/** Keys that differ, with what each was and is; a whole part where it was added or removed. */
export function changedLines(before: unknown, after: unknown): readonly ChangedLine[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys
      .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
      .flatMap((key) => [...linesOf('-', before[key], key), ...linesOf('+', after[key], key)])
  }
  return [...linesOf('-', before), ...linesOf('+', after)]
}

function linesOf(sign: ChangedLine['sign'], value: unknown, key?: string): readonly ChangedLine[] {
  if (value === undefined) return []
  if (key === undefined && isMapping(value))
    return Object.entries(value).flatMap(([name, item]) => linesOf(sign, item, name))
  const text = isShort(value) ? JSON.stringify(value) : JSON.stringify(value, null, 2)
  return `${key === undefined ? '' : `${key}: `}${text}`.split('\n').map((line) => ({ sign, text: line }))
}

function isShort(value: unknown): boolean {
  return JSON.stringify(value).length <= 72
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The command that a server runs, as one line. @param server in a profile's form */
export function commandLine(server: unknown): string | undefined {
  if (!isMapping(server) || typeof server['command'] !== 'string') return undefined
  const args = Array.isArray(server['args']) ? server['args'].map(String) : []
  return [server['command'], ...args].map(quoted).join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
