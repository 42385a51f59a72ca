/**
 * What exchanges of one agent with one server have in common: the caller, the names of the headers, and what the plan did
 * with each and why. It is written once for many exchanges, which then hold values only.
 */
import type { Caller } from '../contract/caller.js'
import type { Disposition, ExchangeLane, HeaderSource } from '../contract/exchange.js'
import { isSensitiveName } from '../contract/mask-value.js'
import type { CapturedExchange, CapturedHeader, CapturedStrippedHeader } from './captured-exchange.js'

export type Flag = 0 | 1
/** Name, and whether its values are masked. */
export type NameTuple = readonly [string, Flag]
/** Name, and the source where it is not the agent. */
export type ForwardedTuple = readonly [string, HeaderSource | 0]
export type StrippedTuple = readonly [string, string, HeaderSource]
export type InjectedTuple = readonly [string, Flag, Disposition, string, HeaderSource | 0]

export type ShapeTuple = readonly [
  caller: Caller | null,
  agent: string | null,
  server: string | null,
  inbound: readonly NameTuple[],
  forwarded: readonly ForwardedTuple[],
  stripped: readonly StrippedTuple[],
  injected: readonly InjectedTuple[],
  lane: ExchangeLane,
  url: string | 0,
  query: readonly [name: string, source: HeaderSource] | 0,
]

export interface ExchangeShape {
  /** Which of the inbound headers, in their order, are masked. */
  readonly maskedInbound: readonly boolean[]
  /** Places in the plan of the headers that the gateway set, and which of them are masked. */
  readonly injected: readonly { readonly index: number; readonly masked: boolean }[]
  /** JSON of the shape. */
  readonly text: string
  /** Whether an exchange has this shape. */
  fits(exchange: CapturedExchange): boolean
}

export function shapeOf(exchange: CapturedExchange): ExchangeShape {
  const { caller, agent, server, outbound, stripped, fingerprints, lane, url, query } = exchange
  const inboundNames = Object.keys(exchange.inbound)
  const hidden = new Set<string>()
  const forwarded: ForwardedTuple[] = []
  const injectedTuples: InjectedTuple[] = []
  const injected: { index: number; masked: boolean }[] = []
  for (const [index, { name, sensitive, source, disposition, reason }] of outbound.entries()) {
    if (disposition === 'forwarded') {
      if (sensitive) hidden.add(name)
      forwarded.push([name, source.kind === 'inbound' && source.rule === undefined ? 0 : source])
      continue
    }
    const masked = sensitive || isSensitiveName(name)
    injected.push({ index, masked })
    const from = source.kind === 'gateway' ? 0 : withFingerprint(source, fingerprints[index])
    injectedTuples.push([name, masked ? 1 : 0, disposition, reason, from])
  }
  for (const { name, sensitive } of stripped) if (sensitive) hidden.add(name)
  const maskedInbound = inboundNames.map((name) => hidden.has(name) || isSensitiveName(name))
  const tuple: ShapeTuple = [
    caller,
    agent ?? null,
    server,
    inboundNames.map((name, index): NameTuple => [name, maskedInbound[index] === true ? 1 : 0]),
    forwarded,
    stripped.map(({ name, reason, source }): StrippedTuple => [name, reason, source]),
    injectedTuples,
    lane,
    url === undefined ? 0 : withoutQuery(url),
    query === undefined ? 0 : [query.name, withFingerprint(query.source, fingerprints[outbound.length])],
  ]
  return {
    maskedInbound,
    injected,
    text: JSON.stringify(tuple),
    fits: (other) =>
      sameCaller(caller, other.caller) &&
      agent === other.agent &&
      server === other.server &&
      lane === other.lane &&
      url === other.url &&
      query === other.query &&
      sameItems(fingerprints, other.fingerprints) &&
      sameNames(inboundNames, other.inbound) &&
      sameOutbound(outbound, other.outbound) &&
      sameStripped(stripped, other.stripped),
  }
}

function withFingerprint(source: HeaderSource, fingerprint: string | undefined): HeaderSource {
  return fingerprint === undefined ? source : { ...source, fingerprint }
}

/** What was typed into a query, or before the host, may be a credential. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return ''
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function sameCaller(a: Caller | null, b: Caller | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  return (
    a.id === b.id &&
    a.subject === b.subject &&
    a.issuer === b.issuer &&
    a.email === b.email &&
    a.method === b.method &&
    a.client === b.client
  )
}

function sameNames(names: readonly string[], headers: Readonly<Record<string, string>>): boolean {
  let index = 0
  for (const name in headers) if (names[index++] !== name) return false
  return index === names.length
}

function sameOutbound(a: readonly CapturedHeader[], b: readonly CapturedHeader[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++)
    if (!sameHeader(a[i], b[i]) || a[i]?.disposition !== b[i]?.disposition) return false
  return true
}

function sameStripped(a: readonly CapturedStrippedHeader[], b: readonly CapturedStrippedHeader[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameHeader(a[i], b[i])) return false
  return true
}

function sameHeader(a: CapturedStrippedHeader | undefined, b: CapturedStrippedHeader | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.name === b.name && a.sensitive === b.sensitive && a.reason === b.reason && sameSource(a.source, b.source)
}

function sameSource(a: HeaderSource, b: HeaderSource): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.rule === b.rule &&
      a.secret === b.secret &&
      a.accountId === b.accountId &&
      a.issuanceId === b.issuanceId)
  )
}
