/** What would be sent, line by line, and how that differs from what is saved. */
import type { ExplainResponse } from '../../client/api.js'
import type { HeaderFate } from '../../components/header-diff.js'

export interface SentLine {
  readonly id: string
  readonly fate: HeaderFate
  readonly name: string
  readonly value: string
  readonly masked: boolean
  readonly reason: string
  readonly source: ExplainResponse['outbound'][number]['source']
  /** Against what is saved; undefined where nothing changes. */
  readonly change?: 'added' | 'removed' | 'changed'
  /** Where it changed: what it is as saved. */
  readonly before?: string
}

/** @param saved what is sent as long as the changes are not saved; left out where there are none */
export function sentLines(now: ExplainResponse, saved?: ExplainResponse): readonly SentLine[] {
  const lines = linesOf(now)
  if (saved === undefined) return lines
  const known = new Map(linesOf(saved).map((line) => [line.id, line]))
  const marked = lines.map((line): SentLine => {
    const before = known.get(line.id)
    known.delete(line.id)
    if (before === undefined) return { ...line, change: 'added' }
    return isAlike(line, before) ? line : { ...line, change: 'changed', before: before.value }
  })
  return [...marked, ...[...known.values()].map((line): SentLine => ({ ...line, change: 'removed' }))]
}

/** A header goes in at most once and out at most once, so that its name and its side tell it apart. */
function linesOf({ outbound, stripped }: ExplainResponse): readonly SentLine[] {
  return [
    ...outbound.map(({ name, value, masked, reason, source, disposition }): SentLine => ({
      ...{ id: `out ${name}`, fate: disposition, name, value, masked, reason, source },
    })),
    ...stripped.map(({ name, value, masked, reason, source }): SentLine => ({
      ...{ id: `in ${name}`, fate: 'stripped', name, value, masked, reason, source },
    })),
  ]
}

function isAlike(one: SentLine, other: SentLine): boolean {
  return one.fate === other.fate && one.value === other.value && one.source.secret === other.source.secret
}

/** `Name: value` lines as headers; the rest is told. */
export function parseHeaderLines(text: string): {
  readonly headers: Readonly<Record<string, string>>
  readonly bad: readonly string[]
} {
  const headers: Record<string, string> = {}
  const bad: string[] = []
  for (const line of text.split(/\r?\n/).filter((each) => each.trim() !== '')) {
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined) bad.push(line)
    else headers[name] = value
  }
  return { headers, bad }
}
