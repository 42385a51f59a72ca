/**
 * The layout of a batch of exchanges. A frame is four 32-bit numbers, little-endian (flags, and the lengths of what
 * follows, bytes), then the facts as JSON, the beginning of the request body, and that of the response.
 */

export const frameHeadBytes = 16

/** What a frame holds of the response: its body, an event stream as it came, or the events of one as JSON. */
export const responseKinds = { body: 0, stream: 1, events: 2 } as const
export type ResponseKind = (typeof responseKinds)[keyof typeof responseKinds]

/** The flags of a frame are the kind of its response, and these. */
const kindMask = 0xff
const requestTruncatedFlag = 0x100
const responseTruncatedFlag = 0x200

/** The timings, in the order of the interface, but for the gateway's own share, which follows from the others. */
export type TimingsTuple = readonly [
  callerUs: number,
  shieldUs: number,
  credentialUs: number,
  connectUs: number,
  tlsUs: number,
  firstByteUs: number,
  streamUs: number,
  totalUs: number,
]

/** Values of one exchange. Times are whole microseconds, for they are written faster; the rest is in its shape. */
export type FactsTuple = readonly [
  shape: number,
  position: number,
  startedAtMs: number,
  requestId: string,
  traceId: string,
  timingsUs: TimingsTuple,
  method: string | null,
  tool: string | null,
  httpMethod: string,
  path: string,
  status: number,
  verdict: string,
  verdictReason: string | null,
  policies: readonly string[] | 0,
  verdictUs: number,
  errorCode: string | null,
  issuanceId: string | null,
  inbound: readonly string[],
  injected: readonly string[],
  /** Names and values in turn. */
  response: readonly string[],
  /** For an event stream: pairs of microseconds since the request came in, and how many bytes had come by then. */
  marks: readonly number[] | 0,
  causedBy: string | 0,
  replayOf: string | 0,
  /** Missing where it was written before there were any. */
  problems?: readonly string[] | 0,
]

/** What was cut off after the beginning that is kept. */
export interface Truncation {
  readonly requestTruncated: boolean
  readonly responseTruncated: boolean
}

export interface Frame extends Truncation {
  readonly kind: ResponseKind
  readonly facts: Buffer
  readonly request: Buffer
  readonly response: Buffer
}

/** Writes the head of a frame whose parts follow it. Lengths in bytes. */
export function writeFrameHead(
  frames: Buffer,
  at: number,
  kind: ResponseKind,
  { requestTruncated, responseTruncated }: Truncation,
  facts: number,
  request: number,
  response: number,
): void {
  const truncated = (requestTruncated ? requestTruncatedFlag : 0) | (responseTruncated ? responseTruncatedFlag : 0)
  frames.writeUInt32LE(kind | truncated, at)
  frames.writeUInt32LE(facts, at + 4)
  frames.writeUInt32LE(request, at + 8)
  frames.writeUInt32LE(response, at + 12)
}

export function* framesOf(bytes: Uint8Array): Iterable<Frame> {
  const frames = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < frames.length;) {
    const flags = frames.readUInt32LE(at)
    const factsEnd = at + frameHeadBytes + frames.readUInt32LE(at + 4)
    const requestEnd = factsEnd + frames.readUInt32LE(at + 8)
    const end = requestEnd + frames.readUInt32LE(at + 12)
    yield {
      kind: (flags & kindMask) as ResponseKind,
      requestTruncated: (flags & requestTruncatedFlag) !== 0,
      responseTruncated: (flags & responseTruncatedFlag) !== 0,
      facts: frames.subarray(at + frameHeadBytes, factsEnd),
      request: frames.subarray(factsEnd, requestEnd),
      response: frames.subarray(requestEnd, end),
    }
    at = end
  }
}

export function frameOf(
  kind: ResponseKind,
  truncation: Truncation,
  texts: { readonly facts: string; readonly request: string; readonly response: string },
): Buffer {
  const head = Buffer.alloc(frameHeadBytes)
  const facts = Buffer.from(texts.facts, 'utf8')
  const request = Buffer.from(texts.request, 'utf8')
  const response = Buffer.from(texts.response, 'utf8')
  writeFrameHead(head, 0, kind, truncation, facts.length, request.length, response.length)
  return Buffer.concat([head, facts, request, response])
}
