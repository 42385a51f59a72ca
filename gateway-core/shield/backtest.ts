/** Judges recorded calls by policies that were not there then. */
import type { Caller } from '../contract/caller.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import { isRecord } from '../contract/json-rpc.js'
import { masked as maskText } from '../contract/mask-value.js'
import type { Judgement, PolicySet, Question } from './cedar-engine.js'
import type { Detection } from './detectors/detection.js'
import type { ToolAnnotations } from './tool-annotations.js'

const maxExchanges = 20_000
const maxDenied = 1000
const maxTimeMs = 60_000
const pageSize = 500

export interface RecordedCalls {
  list(query: ExchangeQuery): Promise<{ readonly items: readonly ExchangeSummary[]; readonly nextCursor?: string }>
  get(id: string): Promise<Exchange | undefined>
}

export interface DeniedCall {
  readonly exchangeId: string
  readonly startedAt: string
  readonly server: string
  readonly tool: string | null
  readonly method: string
  readonly caller: string | null
  readonly outcome: 'deny' | 'ask'
  readonly policies: readonly string[]
  readonly reason?: string
  /** What was masked before it was stored was judged as it is stored. */
  readonly masked: boolean
}

export interface BacktestReport {
  judged: number
  readonly denied: DeniedCall[]
  deniedCount: number
  skipped: number
  masked: number
  complete: boolean
}

const nobody: Caller = { id: 'nobody', subject: 'nobody', method: 'none' }

/**
 * Newest first, up to 20,000 exchanges or a minute.
 *
 * @param since RFC 3339
 * @param annotationsOf as they are known by now
 */
export async function backtest(
  set: PolicySet,
  calls: RecordedCalls,
  since: string | undefined,
  detection: Pick<Detection, 'detect'>,
  annotationsOf: (server: string, tool: string | undefined) => ToolAnnotations,
): Promise<BacktestReport> {
  const report: BacktestReport = { judged: 0, denied: [], deniedCount: 0, skipped: 0, masked: 0, complete: true }
  const startedMs = performance.now()
  let cursor: string | undefined
  let seen = 0
  do {
    const page = await calls.list({
      limit: pageSize,
      ...(since === undefined ? {} : { since }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const summary of page.items) {
      if (seen++ >= maxExchanges || performance.now() - startedMs > maxTimeMs) return { ...report, complete: false }
      await judgeOne(summary, set, calls, { annotationsOf, detection }, report)
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return report
}

/** What a call is judged by beside what was recorded. */
interface Knowledge {
  readonly annotationsOf: (server: string, tool: string | undefined) => ToolAnnotations
  readonly detection: Pick<Detection, 'detect'>
}

async function judgeOne(
  summary: ExchangeSummary,
  set: PolicySet,
  calls: RecordedCalls,
  known: Knowledge,
  report: BacktestReport,
): Promise<void> {
  const { server, method } = summary
  // What did not come as a message to a server was not judged, and would not be.
  if (server === null || method === null || summary.request.httpMethod !== 'POST') return
  const body = (await calls.get(summary.id))?.request
  const params = body?.body === undefined || body.truncated === true ? undefined : paramsOf(body.body)
  if (params === undefined) {
    report.skipped++
    return
  }
  const isMasked = body?.body?.includes(maskText) === true
  const judgement = set.judge(await questionOf(summary, server, method, params, set, known))
  report.judged++
  if (isMasked) report.masked++
  if (judgement.outcome !== 'allow') noteDenied(report, deniedOf(summary, server, method, judgement, isMasked))
}

function noteDenied(report: BacktestReport, denied: DeniedCall): void {
  report.deniedCount++
  if (report.denied.length < maxDenied) report.denied.push(denied)
}

function deniedOf(
  { id, startedAt, tool, caller }: ExchangeSummary,
  server: string,
  method: string,
  { outcome, policies, reason }: Judgement,
  masked: boolean,
): DeniedCall {
  return {
    exchangeId: id,
    startedAt,
    server,
    tool,
    method,
    caller: caller?.subject ?? null,
    outcome: outcome === 'ask' ? 'ask' : 'deny',
    policies,
    ...(reason === undefined ? {} : { reason }),
    masked,
  }
}

async function questionOf(
  { caller, tool, agent }: ExchangeSummary,
  server: string,
  method: string,
  params: Readonly<Record<string, unknown>>,
  { use }: PolicySet,
  { annotationsOf, detection }: Knowledge,
): Promise<Question> {
  const { _meta, ...scanned } = params
  return {
    caller: caller ?? nobody,
    server,
    method,
    tool: tool ?? undefined,
    arguments: params['arguments'],
    annotations: annotationsOf(server, tool ?? undefined),
    detections: use.detections ? await detection.detect(scanned) : [],
    agent,
  }
}

function paramsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(text)
    if (!isRecord(message)) return undefined
    return isRecord(message['params']) ? message['params'] : {}
  } catch {
    return undefined
  }
}
