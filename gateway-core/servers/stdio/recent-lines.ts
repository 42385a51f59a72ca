/** The last lines that a server wrote, fit to be shown: bounded, without control characters and without its secrets. */
import { stripVTControlCharacters } from 'node:util'
import { masked } from '../../contract/mask-value.js'

/** Of a longer line the beginning is kept. */
export const maxLineBytes = 2048

export interface RecentLines {
  /** Adds a line, of which the first `maxLineBytes` and a few more bytes suffice, and returns it as it was kept. */
  add(line: Buffer): string
  lines(): readonly string[]
}

/** @param secrets values to mask; those shorter than four characters are not, as any line may hold them by chance */
export function createRecentLines(maxLines: number, secrets: readonly string[]): RecentLines {
  const parts = secretParts(secrets)
  /** A ring once it is full: `next` is the oldest. */
  const kept: string[] = []
  let next = 0
  return {
    add(line) {
      const text = readable(line, parts)
      kept[next] = text
      next = (next + 1) % maxLines
      return text
    },
    lines: () => [...kept.slice(next), ...kept.slice(0, next)],
  }
}

/** A secret as it may stand in one line: each of its own lines, plain and as in a JSON string. Longest first. */
function secretParts(secrets: readonly string[]): readonly string[] {
  const parts = new Set<string>()
  for (const line of secrets.flatMap((secret) => [...secret.split(/\r?\n/), secret])) {
    if (line.length < 4) continue
    parts.add(line)
    parts.add(JSON.stringify(line).slice(1, -1))
  }
  return [...parts].sort((a, b) => b.length - a.length)
}

function readable(line: Buffer, secrets: readonly string[]): string {
  const isCut = line.length > maxLineBytes
  let end = Math.min(line.length, maxLineBytes)
  // Not within a character: a byte 10xxxxxx continues the one before.
  if (isCut) while (end > maxLineBytes - 4 && ((line[end] ?? 0) & 0xc0) === 0x80) end--
  const plain = stripVTControlCharacters(line.toString('utf8', 0, end))
  // Every control character but the tab.
  let text = plain.replaceAll(/[^\P{Cc}\t]/gu, '')
  for (const secret of secrets) text = text.replaceAll(secret, masked)
  return isCut ? `${withoutBegunSecret(text, secrets)}…` : text
}

/** Where a line was cut within a secret, drops the part of the secret that is left. */
function withoutBegunSecret(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length)
    }
  }
  return text
}
