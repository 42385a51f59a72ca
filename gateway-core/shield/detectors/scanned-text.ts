/** What of a value detectors look at. */
import { isRecord } from '../../contract/json-rpc.js'

/** No detector looks further. */
export const maxScannedCharacters = 256 * 1024

const maxText = 512 * 1024

/** Every text in a value on a line of its own, with its key, as a key often says what its value is. */
export function textOf(value: unknown): string {
  const lines: string[] = []
  let length = 0
  const visit = (item: unknown, key: string): void => {
    if (length > maxText) return
    if (typeof item === 'string' || typeof item === 'number') {
      const line = key === '' ? String(item) : `${key}=${item}`
      length += line.length + 1
      lines.push(line)
    } else if (Array.isArray(item)) for (const part of item as readonly unknown[]) visit(part, key)
    else if (isRecord(item)) for (const [name, part] of Object.entries(item)) visit(part, name)
  }
  visit(value, '')
  return lines.join('\n')
}
