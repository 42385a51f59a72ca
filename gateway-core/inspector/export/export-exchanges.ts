/** Writes exchanges into a file that is made while it is read: never more than a page of them is in memory. */
import type { Exchange } from '../../contract/exchange.js'
import type { ExportFormat } from '../../contract/exchange-schemas.js'
import { harBeginning, harEnd, harEntry } from './har.js'
import { markdownSection } from './markdown.js'
import { redactExchange } from './redact.js'

export interface ExportForm {
  readonly format: ExportFormat
  /** Whether only the structure is in it, see `redact.ts`. */
  readonly isRedacted: boolean
  readonly version: string
  /** `http://host:port` of the data port. */
  readonly origin: string
}

export async function* exportExchanges(exchanges: AsyncIterable<Exchange>, form: ExportForm): AsyncIterable<string> {
  if (form.format === 'har') yield harBeginning(form.version)
  if (form.format === 'markdown') yield '# Exchanges recorded by Gatehouse\n\n'
  let isFirst = true
  for await (const exchange of exchanges) {
    yield textOf(form.isRedacted ? redactExchange(exchange) : exchange, form, isFirst)
    isFirst = false
  }
  if (form.format === 'har') yield harEnd
}

function textOf(exchange: Exchange, { format, origin }: ExportForm, isFirst: boolean): string {
  if (format === 'jsonl') return `${JSON.stringify(exchange)}\n`
  if (format === 'markdown') return `${markdownSection(exchange)}\n`
  return `${isFirst ? '' : ',\n'}${JSON.stringify(harEntry(exchange, origin))}`
}
