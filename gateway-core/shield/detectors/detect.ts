/**
 * What is in a message, as the strings that policies see in `context.detections`: `secret:github`, `pii:email`,
 * `injection:hidden-text`, and for each family its bare name. What was not looked at is said: `unscanned:size`,
 * `unscanned:time`.
 */
import { isRecord } from '../../contract/json-rpc.js'
import { findInjectionMarks } from './injection-marks.js'
import { findPersonalData } from './personal-data.js'
import { findSecrets } from './secrets.js'

interface Detector {
  readonly family: 'secret' | 'pii' | 'injection'
  readonly maxCharacters: number
  find(text: string): readonly string[] | Promise<readonly string[]>
}

const detectors: readonly Detector[] = [
  { family: 'injection', maxCharacters: 256 * 1024, find: findInjectionMarks },
  { family: 'pii', maxCharacters: 128 * 1024, find: findPersonalData },
  { family: 'secret', maxCharacters: 256 * 1024, find: findSecrets },
]

/** After this, what has not begun is left out: a call is not held up. */
const timeLimitMs = 100

/** The beginning of what is longer than a detector's limit is looked at all the same. */
export async function detect(value: unknown): Promise<readonly string[]> {
  const text = textOf(value)
  const found = new Set<string>()
  const startedMs = performance.now()
  for (const { family, maxCharacters, find } of detectors) {
    if (performance.now() - startedMs > timeLimitMs) {
      found.add('unscanned').add('unscanned:time')
      break
    }
    if (text.length > maxCharacters) found.add('unscanned').add('unscanned:size')
    for (const kind of await find(text.slice(0, maxCharacters))) found.add(family).add(`${family}:${kind}`)
  }
  return [...found]
}

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
