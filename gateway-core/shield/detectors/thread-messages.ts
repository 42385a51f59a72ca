/** What is said to the detectors' thread, and by it. */
import type { Scanned } from './scan.js'

export interface ScanRequest {
  readonly id: number
  readonly text: string
  readonly budgetMs: number
}

/** First `ready`, once; then one answer for each request, in their order. */
export type ScanAnswer = 'ready' | { readonly id: number; readonly scanned: Scanned }
