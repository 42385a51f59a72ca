/** An agent's configuration as a text that is edited in one place and stays what it is everywhere else. Pure. */
export type Entry = Readonly<Record<string, unknown>>

export interface EntryChange {
  /** Keys that lead to the entries, from the outside in. What is missing of them is made. */
  readonly container: readonly string[]
  /** Names of entries that are taken out. */
  readonly remove: readonly string[]
  /** The entry that is put in, or replaced in its place. */
  readonly put?: { readonly name: string; readonly entry: Entry }
}

/** What the edit of one format can do. All throw `UnreadableConfig`. */
export interface ConfigText {
  /** Whether entries other than the gateway's can be read. */
  readonly readsAll: boolean
  /** Entries below the container, by name; whatever is not a mapping is left out. */
  entries(text: string, container: readonly string[]): ReadonlyMap<string, Entry>
  /** The value at the container's first key, to tell one version of a format from another. */
  top(text: string, key: string): unknown
  /** What an entry says, comparable; undefined where there is none. */
  contentOf(text: string, container: readonly string[], name: string): string | undefined
  /** The text with the change. Nothing but the lines of the entries is different. */
  change(text: string, change: EntryChange): string
}

/** The file cannot be edited, and where that shows. */
export class UnreadableConfig extends Error {
  /** 1-based. */
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'UnreadableConfig'
    this.line = line
  }
}

/** The line, 1-based, on which an offset stands. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** What ends the lines of a text: that of its first line. */
export function lineBreakOf(text: string): '\n' | '\r\n' {
  const first = text.indexOf('\n')
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n'
}

/** JSON with its keys in order, to compare by. */
export function comparable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isEntry(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  )
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is below some keys. @returns undefined where a key is missing */
export function below(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (isEntry(at) && Object.hasOwn(at, key) ? at[key] : undefined), value)
}

export function entriesOf(value: unknown): ReadonlyMap<string, Entry> {
  return new Map(
    Object.entries(isEntry(value) ? value : {}).filter((pair): pair is [string, Entry] => isEntry(pair[1])),
  )
}

/** The value with the change, as the text must read once it is edited. */
function expectedValue(value: unknown, { container, remove, put }: EntryChange): unknown {
  const change = (at: unknown, keys: readonly string[]): Entry => {
    const here = isEntry(at) ? at : {}
    const [key, ...rest] = keys
    if (key !== undefined) {
      // Where nothing is put in, no container is made.
      if (put === undefined && here[key] === undefined) return here
      return { ...here, [key]: change(here[key], rest) }
    }
    const left = Object.fromEntries(Object.entries(here).filter(([name]) => !remove.includes(name)))
    return put === undefined ? left : { ...left, [put.name]: put.entry }
  }
  return change(value, container)
}

/** @throws UnreadableConfig where an edit did anything else than it should have */
export function proveChange(before: unknown, after: unknown, change: EntryChange): void {
  if (comparable(expectedValue(before, change)) !== comparable(after))
    throw new UnreadableConfig(1, 'cannot be edited without a change to something else in it')
}
