/** Part of the composition root: everybody who is told of an exchange once it has ended. */
import type { Logger } from 'pino'
import { counter, tracedExchange } from './assemble-telemetry.js'
import type { Issuance } from './contract/issuance.js'
import type { MetricFamily } from './contract/metric-family.js'
import type { GatewayEvents } from './events.js'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import { createRecorder, type Recorder } from './inspector/recorder.js'
import { createRequestLog } from './log-requests.js'
import { createCallerCounts } from './telemetry/caller-counts.js'
import { createIssuanceCounts } from './telemetry/issuance-counts.js'
import { createRequestCounts } from './telemetry/request-counts.js'
import { createTraceExport, type TraceExport } from './telemetry/trace-export.js'
import type { Vault } from './vault/vault.js'
import { version } from './version.js'

export interface AssembledRecording {
  readonly isOn: boolean
  readonly recorder: Recorder
  readonly traces: TraceExport
  record(exchange: CapturedExchange): void
  /** A token was obtained or minted. */
  countIssuance(issuance: Issuance): void
  families(): readonly MetricFamily[]
  close(): Promise<void>
}

/** @param isOn whether exchanges are kept; they are counted and traced all the same */
export function assembleRecording(
  vault: Vault,
  events: GatewayEvents,
  logger: Logger,
  isOn: boolean,
): AssembledRecording {
  const recorder = createRecorder({
    append: (batch) =>
      vault.exchanges.append(batch, events.wantsText ? 'texts' : events.isWatched ? 'summaries' : 'nothing'),
    onWritten: (exchanges) => {
      for (const { summary, text } of exchanges)
        events.emit({ event: 'exchange', data: summary, ...(text !== undefined && { text: () => text }) })
    },
    logger,
  })
  const counts = createRequestCounts()
  const callers = createCallerCounts()
  const issuances = createIssuanceCounts()
  const log = createRequestLog(logger)
  const traces = createTraceExport(version, logger)
  return {
    isOn,
    recorder,
    traces,
    record: (exchange) => {
      counts.note(exchange)
      callers.note(exchange)
      log(exchange)
      if (traces.isOn) traces.note(tracedExchange(exchange))
      if (isOn) recorder.record(exchange)
    },
    countIssuance: (issuance) => issuances.note(issuance),
    families: () => [
      ...counts.families(),
      callers.family(),
      issuances.family(),
      counter('gatehouse_exchanges_dropped_total', 'Exchanges that were not recorded.', recorder.dropped),
    ],
    close: async () => {
      await recorder.flush()
      await traces.close()
    },
  }
}
