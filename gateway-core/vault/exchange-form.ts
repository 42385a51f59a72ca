/** How exchanges become what is kept, and how that is read. The inspector supplies it. */
import type { CapturedBatch, ExchangeBatch, MaskedBatch } from '../contract/captured-batch.js'
import type { ShapeFacets, TextFacets } from '../contract/exchange-match.js'
import type { Exchange, ExchangeSummary } from '../contract/exchange.js'

export interface ExchangeForm {
  /** @param secrets every value in the vault */
  createMasker(secrets: readonly string[]): ExchangeMasker
  /** In the order of time. @param ordinals places in the batch, where not all are wanted */
  readBatch(batch: ExchangeBatch, ordinals?: ReadonlySet<number>): readonly KeptExchange[]
  /** What the exchanges of each shape of a batch are found by. @param shapes of the batch */
  readFacets(shapes: string): readonly ShapeFacets[]
}

export interface ExchangeMasker {
  maskBatch(batch: CapturedBatch): MaskedBatch
  /** JSON in, JSON out. */
  maskJson(text: string): string
}

/** An exchange that is kept. */
export interface KeptExchange extends TextFacets {
  readonly position: number
  readonly summary: () => ExchangeSummary
  readonly whole: () => Exchange
}

export interface ExchangePage {
  readonly items: readonly ExchangeSummary[]
  readonly nextCursor?: string
  /** Whether there was no time to fill the page, so that the cursor leads to the rest of it. */
  readonly isPartial?: boolean
}
