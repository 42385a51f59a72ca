/**
 * What is in a text, by every detector: `secret:github`, `pii:email`, `injection:hidden-text`, and for each family its
 * bare name. Runs in a thread of its own, see `detection.ts`.
 */
import { findInjectionMarks } from './injection-marks.js'
import { findPersonalData } from './personal-data.js'
import { maxScannedCharacters } from './scanned-text.js'
import { findSecrets } from './secrets.js'

interface Detector {
  readonly family: 'secret' | 'pii' | 'injection'
  readonly maxCharacters: number
  find(text: string): readonly string[] | Promise<readonly string[]>
}

const detectors: readonly Detector[] = [
  { family: 'injection', maxCharacters: maxScannedCharacters, find: findInjectionMarks },
  { family: 'pii', maxCharacters: 128 * 1024, find: findPersonalData },
  { family: 'secret', maxCharacters: maxScannedCharacters, find: findSecrets },
]

/** Between two pieces the time is looked at. Each begins within the one before, so that what lies across is whole in one. */
const pieceCharacters = 40 * 1024
const overlapCharacters = 8 * 1024

export interface Scanned {
  readonly found: readonly string[]
  /** What was not looked at to its end, and why. */
  readonly overruns: readonly Overrun[]
}

/** `error`: a detector failed. */
export type Overrun = 'size' | 'time' | 'error'

/**
 * The beginning of what is longer than a detector's limit is looked at all the same.
 *
 * @param budgetMs what has not begun by then is left out
 */
export async function scan(text: string, budgetMs: number): Promise<Scanned> {
  const found = new Set<string>()
  const overruns = new Set<Overrun>()
  const endMs = performance.now() + budgetMs
  for (const { family, maxCharacters, find } of detectors) {
    if (text.length > maxCharacters) overruns.add('size')
    for (const piece of piecesOf(text.slice(0, maxCharacters))) {
      if (performance.now() > endMs) return { found: [...found], overruns: [...overruns.add('time')] }
      for (const kind of await find(piece)) found.add(family).add(`${family}:${kind}`)
    }
  }
  return { found: [...found], overruns: [...overruns] }
}

function* piecesOf(text: string): Iterable<string> {
  for (let from = 0; ; from += pieceCharacters - overlapCharacters) {
    yield text.slice(from, from + pieceCharacters)
    if (from + pieceCharacters >= text.length) return
  }
}
