/**
 * Searches a batch of exchanges for every secret that is known, in the vault or presented by a caller, and gives what
 * may be kept. Frames in which there is none, which are nearly all, are kept as they are and never become text.
 */
import type { CapturedBatch, MaskedBatch } from '../contract/captured-batch.js'
import { frameOf, framesOf, responseKinds, type FactsTuple, type Frame } from './batch-frames.js'
import { eventsOf } from './read-batch.js'
import { createSecretDetector, type SecretDetector } from './secret-detector.js'
import { createSecretScanner, type SecretScanner } from './secret-scanner.js'
import { maskTokens, shortBeginnings, tokenBeginnings } from './token-patterns.js'

export interface Masker {
  maskBatch(batch: CapturedBatch): MaskedBatch
  /** JSON in, JSON out. */
  maskJson(text: string): string
}

/** Credentials of callers are remembered, as they come again; so many of them. */
const maxRemembered = 1000

/** @param secrets every value in the vault */
export function createMasker(secrets: readonly string[]): Masker {
  let search = createSearch(secrets)
  let remembered = new Set<string>()
  const remember = (value: string): void => {
    if (remembered.has(value)) return
    if (remembered.size >= maxRemembered) {
      remembered = new Set()
      search = createSearch(secrets)
    }
    remembered.add(value)
    search.add(value)
  }
  return {
    maskBatch: ({ oldest, newest, exchanges, shapes, frames, calls, entries, sensitiveValues }) => {
      for (const value of sensitiveValues) remember(value)
      return {
        oldest,
        newest,
        exchanges,
        shapes: maskJson(shapes, search),
        frames: maskFrames(frames, search),
        calls: maskJson(calls, search),
        entries,
      }
    },
    maskJson: (text) => maskJson(text, search),
  }
}

interface Search {
  readonly detector: SecretDetector
  readonly scanner: SecretScanner
  /** Whether a secret has more than one line, so that it could lie in several lines of a stream. */
  readonly hasLines: boolean
  add(secret: string): void
}

function createSearch(secrets: readonly string[]): Search {
  const detector = createSecretDetector(secrets)
  const scanner = createSecretScanner(secrets)
  for (const beginning of tokenBeginnings) detector.addForm(beginning)
  let hasLines = secrets.some((secret) => /[\r\n]/.test(secret))
  return {
    detector,
    scanner,
    get hasLines() {
      return hasLines
    },
    add: (secret) => {
      detector.add(secret)
      scanner.add(secret)
      hasLines ||= /[\r\n]/.test(secret)
    },
  }
}

function maskFrames(frames: Uint8Array, search: Search): Uint8Array {
  const parts: Buffer[] = []
  let changed = false
  let unchangedFrom = 0
  let at = 0
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength)
  const mayHoldShort = shortBeginnings.some((beginning) => bytes.includes(beginning))
  for (const frame of framesOf(frames)) {
    const end = frame.response.byteOffset + frame.response.length - bytes.byteOffset
    if (holdsSecret(frame, search) || (mayHoldShort && holdsShort(frame))) {
      parts.push(bytes.subarray(unchangedFrom, at), maskFrame(frame, search))
      unchangedFrom = end
      changed = true
    }
    at = end
  }
  if (!changed) return frames
  parts.push(bytes.subarray(unchangedFrom))
  return Buffer.concat(parts)
}

function holdsShort({ facts, request, response }: Frame): boolean {
  return shortBeginnings.some((text) => facts.includes(text) || request.includes(text) || response.includes(text))
}

function holdsSecret(frame: Frame, { detector, hasLines }: Search): boolean {
  const { kind, facts, request, response } = frame
  return (
    (hasLines && kind === responseKinds.stream) ||
    detector.finds(facts) ||
    detector.finds(request) ||
    detector.finds(response) ||
    (frame.requestTruncated && detector.mayBeginAtEndOf(request)) ||
    (frame.responseTruncated && detector.mayBeginAtEndOf(response))
  )
}

function maskFrame(frame: Frame, search: Search): Buffer {
  const facts = frame.facts.toString('utf8')
  const request = scan(frame.request.toString('utf8'), search, frame.requestTruncated)
  if (frame.kind !== responseKinds.stream) {
    const response = scan(frame.response.toString('utf8'), search, frame.responseTruncated)
    return frameOf(frame.kind, frame, { facts: maskJson(facts, search), request, response })
  }
  // As events, so that the lines of a stream hide nothing.
  const events = JSON.stringify(eventsOf(JSON.parse(facts) as FactsTuple, frame.response))
  const response = maskJson(events, search)
  return frameOf(responseKinds.events, frame, { facts: maskJson(facts, search), request, response })
}

function scan(text: string, { scanner }: Search, isBeginning: boolean): string {
  const clean = scanner.mask(text, isBeginning)
  return maskTokens(clean)
}

function maskJson(text: string, search: Search): string {
  const clean = scan(text, search, false)
  // A secret that holds quotes may have been found across the borders of strings, and one of digits in a number.
  return clean === text || isJson(clean) ? clean : JSON.stringify(maskStrings(JSON.parse(text), search))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function maskStrings(value: unknown, search: Search): unknown {
  if (typeof value === 'string') return scan(value, search, false)
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, search))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskStrings(item, search)]))
}
