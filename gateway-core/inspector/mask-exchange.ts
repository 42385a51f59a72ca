/**
 * Searches a captured exchange for every secret that is known, in the vault or presented by a caller, and gives what
 * may be kept. Across the borders of network packets and stream chunks, as texts are searched as a whole.
 */
import type { CapturedExchange } from '../contract/captured-exchange.js'
import { maskValue } from '../contract/mask-value.js'
import { readEventStream } from './event-stream.js'
import { createSecretScanner } from './secret-scanner.js'

/** What is written of an exchange. */
export interface MaskedExchange {
  /** As `writeDocument` wrote it, with no secret in it. */
  readonly document: string
  readonly request: string
  readonly response: string
  /** JSON of the events of a stream; null for anything else. */
  readonly events: string | null
}

export type MaskExchange = (exchange: CapturedExchange) => MaskedExchange

/** Credentials of callers are remembered, as they come again; so many of them. */
const maxRemembered = 1000
const gatewayKeyPattern = /(?:gh|hf)_sk_[A-Za-z0-9_-]+/g

/** @param secrets every value in the vault */
export function createExchangeMasker(secrets: readonly string[]): MaskExchange {
  let scanner = createSecretScanner(secrets)
  let remembered = new Set<string>()

  const remember = (value: string): void => {
    if (remembered.has(value)) return
    if (remembered.size >= maxRemembered) {
      remembered = new Set()
      scanner = createSecretScanner(secrets)
    }
    remembered.add(value)
    scanner.add(value)
  }
  const scan = (text: string, isBeginning: boolean): string => {
    const clean = scanner.mask(text, isBeginning)
    return clean.includes('_sk_') ? clean.replace(gatewayKeyPattern, (key) => maskValue(key)) : clean
  }

  const maskDocument = (document: string): string => {
    const clean = scan(document, false)
    // A secret that holds quotes may have been found across the borders of strings.
    return clean === document || isJson(clean) ? clean : JSON.stringify(maskStrings(JSON.parse(document), scan))
  }

  return (exchange) => {
    for (const value of exchange.sensitiveValues) remember(value)
    const { marks } = exchange
    return {
      document: maskDocument(exchange.document),
      request: scan(exchange.request, exchange.requestTruncated),
      response: marks === undefined ? scan(exchange.response, exchange.responseTruncated) : '',
      events: marks === undefined ? null : scan(JSON.stringify(readEventStream(exchange.response, marks)), false),
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function maskStrings(value: unknown, scan: (text: string, isBeginning: boolean) => string): unknown {
  if (typeof value === 'string') return scan(value, false)
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, scan))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskStrings(item, scan)]))
}
