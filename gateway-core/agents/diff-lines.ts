/** What an edit changes in a file, line by line, with what is not the gateway's masked. Pure. */
import { isSensitiveName, masked, maskValue } from '../contract/mask-value.js'
import type { ConfigFormat } from './agent-files.js'

export interface DiffLine {
  /** `gap` stands for lines that are not shown. */
  readonly kind: 'same' | 'added' | 'removed' | 'gap'
  readonly text: string
}

const contextLines = 2
/** Beyond this a middle of many lines is told as all removed and all added. */
const maxCells = 4_000_000

/**
 * Lines that differ, each with two around it.
 *
 * @param shown texts that are not masked
 */
export function diffLines(
  before: string,
  after: string,
  format: ConfigFormat,
  shown: ReadonlySet<string>,
): readonly DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++
  let end = 0
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end++
  const middle = diffMiddle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end))
  const whole: DiffLine[] = [
    ...old.slice(0, start).map((text): DiffLine => ({ kind: 'same', text })),
    ...middle,
    ...old.slice(old.length - end).map((text): DiffLine => ({ kind: 'same', text })),
  ]
  return nearChanges(whole).map(({ kind, text }) => ({
    kind,
    text: kind === 'gap' ? '' : maskLine(text, format, shown),
  }))
}

function linesOf(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** The longest common subsequence, by lines. */
function diffMiddle(old: readonly string[], fresh: readonly string[]): readonly DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text })
  const added = (text: string): DiffLine => ({ kind: 'added', text })
  if (old.length * fresh.length > maxCells) return [...old.map(removed), ...fresh.map(added)]
  const width = fresh.length + 1
  const lengths = new Uint32Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === fresh[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    const [was, is] = [old[i], fresh[j]]
    if (was !== undefined && was === is) {
      lines.push({ kind: 'same', text: was })
      i++
      j++
    } else if (
      was !== undefined &&
      (is === undefined || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      lines.push(removed(was))
      i++
    } else {
      lines.push(added(is ?? ''))
      j++
    }
  }
  return lines
}

function nearChanges(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = lines.map(() => false)
  for (const [index, { kind }] of lines.entries())
    if (kind !== 'same')
      for (let near = index - contextLines; near <= index + contextLines; near++)
        if (near >= 0 && near < lines.length) isNear[near] = true
  return lines.flatMap((line, index): DiffLine[] => {
    if (isNear[index] === true) return [line]
    return index === 0 || isNear[index - 1] === true ? [{ kind: 'gap', text: '' }] : []
  })
}

/** Keys whose text tells what an entry is, and no secret. */
const plainKeys: ReadonlySet<string> = new Set(['type', 'transport', 'command', 'cmd', 'name', 'description', 'source'])

/** Masks every text in a line but keys, plain words and addresses, and every comment. */
function maskLine(line: string, format: ConfigFormat, shown: ReadonlySet<string>): string {
  if (format === 'json') return maskJson(line, shown)
  const table = format === 'toml' && /^\s*\[[^\]"']*\]\s*$/.test(line)
  if (table || line.trim() === '') return line
  const [, lead = '', key = '', gap = '', value = ''] = /^(\s*(?:- )?)([\w.@/-]+)(\s*[:=]\s*)(.*)$/.exec(line) ?? []
  if (key === '') return `${/^\s*/.exec(line)?.[0] ?? ''}…`
  if (/^[{[]/.test(value)) return `${lead}${key}${gap}${maskJson(value, shown)}`
  const [, quote = '', text = '', close = ''] = /^(["']?)(.*?)(["']?)\s*$/.exec(value) ?? []
  return `${lead}${key}${gap}${quote}${maskText(key, text, shown)}${close}`
}

const jsonPart =
  /"((?:[^"\\]|\\.)*)"(\s*[:=])?|\/\/.*|\/\*.*|[\s{}[\],:=]+|\b(?:true|false|null|-?\d{1,6})\b|([A-Za-z_][\w-]*)(?=\s*[:=])|./g

function maskJson(line: string, shown: ReadonlySet<string>): string {
  let key = ''
  return line
    .replace(jsonPart, (whole, text: string | undefined, colon: string | undefined, bare: string | undefined) => {
      if (bare !== undefined) return (key = bare)
      if (text === undefined) return /^(?:[\s{}[\],:=]+|true|false|null|-?\d{1,6})$/.test(whole) ? whole : '…'
      if (colon === undefined) return `"${maskText(key, text, shown)}"`
      key = text
      return /^[\w .@/-]{1,64}$/.test(text) ? whole : `"…"${colon}`
    })
    .replace(/…{2,}/g, '…')
}

function maskText(key: string, text: string, shown: ReadonlySet<string>): string {
  if (shown.has(text) || text === '' || /^(?:true|false|null|~|\d{1,6})$/.test(text)) return text
  if (isSensitiveName(key.toLowerCase())) return maskValue(text)
  if (plainKeys.has(key) && /^[\w.@/:\\-]{1,128}$/.test(text)) return text
  if (/^-{1,2}[A-Za-z-]+$/.test(text)) return text
  if (URL.canParse(text) && /^https?:/.test(text)) return maskUrl(new URL(text))
  return maskValue(text)
}

/** The address without what may be secret in it. */
function maskUrl(url: URL): string {
  const path = url.pathname
    .split('/')
    .map((part) => (part.length >= 20 && /\d/.test(part) ? masked : part))
    .join('/')
  return `${url.origin}${path}${url.search === '' ? '' : `?${masked}`}`
}
