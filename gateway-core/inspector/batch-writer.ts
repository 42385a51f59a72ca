/** Writes exchanges into batches, as they end. Copies what it is given, so that nothing of a request outlives it. */
import { entryBytes, entryFlags, writeEntry } from '../contract/batch-entries.js'
import { placesPerMs, type CapturedBatch, type CallTuple } from '../contract/captured-batch.js'
import { maskValue, isSensitiveName } from '../contract/mask-value.js'
import { frameHeadBytes, responseKinds, writeFrameHead, type FactsTuple, type TimingsTuple } from './batch-frames.js'
import type { CapturedExchange } from './captured-exchange.js'
import { shapeOf, type ExchangeShape } from './exchange-shape.js'

/** How much of a request body is kept. */
const maxRequestBytes = 64 * 1024
const batchBytes = 256 * 1024
/** Shapes that are remembered per server: agents differ in their headers. */
const maxShapesPerServer = 16
const maxServers = 1000
const entriesAtFirst = 64

export interface BatchWriter {
  write(exchange: CapturedExchange): void
  /** Bytes of the batch that is being written. */
  readonly pendingBytes: number
  /** Ends the batch; undefined where nothing was written. */
  take(): CapturedBatch | undefined
}

/** @param randomOffset where in each millisecond this process begins, so that two on one vault rarely meet */
export function createBatchWriter(randomOffset: number): BatchWriter {
  const shapeFor = createShapes()
  let indexByShape = new Map<ExchangeShape, number>()
  let sensitiveValues = new Set<string>()
  let calls = createCalls()
  let entries = createEntries()
  let buffer: Buffer = Buffer.allocUnsafeSlow(batchBytes)
  let [length, exchanges, oldest, newest] = [0, 0, 0, 0]

  const indexOf = (shape: ExchangeShape): number => {
    const known = indexByShape.get(shape)
    if (known !== undefined) return known
    indexByShape.set(shape, indexByShape.size)
    return indexByShape.size - 1
  }
  return {
    write: (exchange) => {
      const shape = shapeFor(exchange)
      // Each is later than the one before, so that an id is a place in time and the store needs no other index.
      newest = Math.max(newest + 1, exchange.startedAtMs * placesPerMs + randomOffset)
      if (exchanges++ === 0) oldest = newest
      const shapeIndex = indexOf(shape)
      const facts = JSON.stringify(factsOf(exchange, shape, shapeIndex, newest))
      for (const value of exchange.sensitiveValues) sensitiveValues.add(value)
      // A UTF-16 unit takes three bytes at most.
      const mostBytes =
        frameHeadBytes + facts.length * 3 + beginningOf(exchange.requestBody).length + bytesOf(exchange.responseChunks)
      if (length + mostBytes > buffer.length) buffer = grown(buffer, length, mostBytes)
      length = writeFrame(buffer, length, facts, exchange)
      entries.add({
        position: newest,
        durationUs: inMicroseconds(exchange.timings.totalMs),
        shape: shapeIndex,
        call: calls.indexOf(exchange),
        status: exchange.status,
        decision: exchange.verdict.decision,
        flags: flagsOf(exchange),
      })
    },
    get pendingBytes() {
      return length
    },
    take: () => {
      if (exchanges === 0) return undefined
      const shapes = `[${[...indexByShape.keys()].map(({ text }) => text).join(',')}]`
      const frames = new Uint8Array(buffer.buffer, 0, length)
      const batch = {
        ...{ oldest, newest, exchanges, shapes, frames },
        calls: calls.text(),
        entries: entries.bytes(),
        sensitiveValues: [...sensitiveValues],
      }
      calls = createCalls()
      entries = createEntries()
      buffer = Buffer.allocUnsafeSlow(batchBytes)
      indexByShape = new Map()
      sensitiveValues = new Set()
      length = 0
      exchanges = 0
      return batch
    },
  }
}

/** The calls of a batch, each combination once. */
function createCalls(): { indexOf(exchange: CapturedExchange): number; text(): string } {
  const byTool = new Map<string | null, Map<string | null, { readonly index: number; readonly rest: CallTuple }[]>>()
  const tuples: CallTuple[] = []
  return {
    indexOf: ({ method, tool, errorCode = null, replayOf = null }) => {
      let byMethod = byTool.get(tool)
      if (byMethod === undefined) byTool.set(tool, (byMethod = new Map()))
      let known = byMethod.get(method)
      if (known === undefined) byMethod.set(method, (known = []))
      for (const { index, rest } of known) if (rest[2] === errorCode && rest[3] === replayOf) return index
      const tuple: CallTuple = [method, tool, errorCode, replayOf]
      known.push({ index: tuples.length, rest: tuple })
      return tuples.push(tuple) - 1
    },
    text: () => JSON.stringify(tuples),
  }
}

function createEntries(): { add(entry: Parameters<typeof writeEntry>[2]): void; bytes(): Uint8Array } {
  let view = new DataView(new ArrayBuffer(entriesAtFirst * entryBytes))
  let length = 0
  return {
    add: (entry) => {
      if (length === view.byteLength) {
        const larger = new Uint8Array(view.byteLength * 4)
        larger.set(new Uint8Array(view.buffer))
        view = new DataView(larger.buffer)
      }
      writeEntry(view, length, entry)
      length += entryBytes
    },
    bytes: () => new Uint8Array(view.buffer, 0, length).slice(),
  }
}

function flagsOf({ requestBody, chunkTimesMs, issuanceId, verdict }: CapturedExchange): number {
  return (
    (requestBody.length > 0 ? entryFlags.body : 0) |
    (chunkTimesMs === undefined ? 0 : entryFlags.events) |
    (issuanceId === undefined ? 0 : entryFlags.issuance) |
    (verdict.policies.length > 0 ? entryFlags.policy : 0)
  )
}

/** Finds the shape of an exchange among those of its server, or makes it. */
function createShapes(): (exchange: CapturedExchange) => ExchangeShape {
  const shapesByServer = new Map<string, ExchangeShape[]>()
  return (exchange) => {
    const key = exchange.server ?? ''
    let shapes = shapesByServer.get(key)
    if (shapes === undefined) {
      if (shapesByServer.size >= maxServers) shapesByServer.clear()
      shapes = []
      shapesByServer.set(key, shapes)
    }
    for (const known of shapes) if (known.fits(exchange)) return known
    const made = shapeOf(exchange)
    if (shapes.length >= maxShapesPerServer) shapes.shift()
    shapes.push(made)
    return made
  }
}

/** @returns where the next frame begins */
function writeFrame(buffer: Buffer, at: number, facts: string, exchange: CapturedExchange): number {
  const { requestBody, responseChunks, responseTruncated, chunkTimesMs } = exchange
  const request = beginningOf(requestBody)
  const factsBytes = buffer.write(facts, at + frameHeadBytes, 'utf8')
  const truncation = { requestTruncated: request.length < requestBody.length, responseTruncated }
  const kind = chunkTimesMs === undefined ? responseKinds.body : responseKinds.stream
  writeFrameHead(buffer, at, kind, truncation, factsBytes, request.length, bytesOf(responseChunks))
  let end = at + frameHeadBytes + factsBytes
  buffer.set(request, end)
  end += request.length
  for (const chunk of responseChunks) {
    buffer.set(chunk, end)
    end += chunk.length
  }
  return end
}

function grown(buffer: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + needed))
  buffer.copy(larger, 0, 0, used)
  return larger
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.length
  return bytes
}

function beginningOf(body: Uint8Array): Uint8Array {
  return body.length > maxRequestBytes ? body.subarray(0, maxRequestBytes) : body
}

function factsOf(exchange: CapturedExchange, shape: ExchangeShape, shapeIndex: number, position: number): FactsTuple {
  const { verdict } = exchange
  return [
    shapeIndex,
    position,
    exchange.startedAtMs,
    exchange.requestId,
    exchange.traceId,
    timingsUs(exchange.timings),
    exchange.method,
    exchange.tool,
    exchange.httpMethod,
    exchange.path,
    exchange.status,
    verdict.decision,
    verdict.reason ?? null,
    verdict.policies.length === 0 ? 0 : verdict.policies,
    inMicroseconds(verdict.durationMs),
    exchange.errorCode ?? null,
    exchange.issuanceId ?? null,
    inboundValues(exchange, shape),
    injectedValues(exchange, shape),
    responseHeaders(exchange),
    exchange.chunkTimesMs === undefined ? 0 : marksOf(exchange.responseChunks, exchange.chunkTimesMs),
    exchange.causedBy ?? 0,
    exchange.replayOf ?? 0,
    exchange.problems.length === 0 ? 0 : exchange.problems,
  ]
}

function timingsUs(timings: CapturedExchange['timings']): TimingsTuple {
  return [
    inMicroseconds(timings.callerMs),
    inMicroseconds(timings.shieldMs),
    inMicroseconds(timings.credentialMs),
    inMicroseconds(timings.connectMs),
    inMicroseconds(timings.tlsMs),
    inMicroseconds(timings.firstByteMs),
    inMicroseconds(timings.streamMs),
    inMicroseconds(timings.totalMs),
  ]
}

function inMicroseconds(ms: number): number {
  return Math.round(ms * 1000)
}

function inboundValues({ inbound }: CapturedExchange, { maskedInbound }: ExchangeShape): string[] {
  const values: string[] = []
  for (const name in inbound) {
    const value = inbound[name] ?? ''
    values.push(maskedInbound[values.length] === true ? maskValue(value) : value)
  }
  return values
}

function injectedValues({ outbound, obtained }: CapturedExchange, { injected }: ExchangeShape): string[] {
  const values: string[] = []
  for (const { index, masked } of injected) {
    const planned = outbound[index]?.value
    const value = typeof planned === 'string' ? planned : (obtained[index] ?? '')
    values.push(masked ? maskValue(value) : value)
  }
  return values
}

function responseHeaders({ responseHeaders: headers }: CapturedExchange): string[] {
  const flat: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    flat.push(name, isSensitiveName(name) ? maskValue(text) : text)
  }
  return flat
}

function marksOf(chunks: readonly Uint8Array[], timesMs: readonly number[]): number[] {
  const marks: number[] = []
  let bytes = 0
  for (const [index, chunk] of chunks.entries()) {
    bytes += chunk.length
    marks.push(inMicroseconds(timesMs[index] ?? 0), bytes)
  }
  return marks
}
