/**
 * Whether exchanges meet a filter. The questions are sorted by what they look at: what many exchanges have in common is
 * asked once for all of them, and text is searched last.
 */
import type { Caller } from './caller.js'
import type { Comparison, ExchangeFilter, FilterTerm } from './exchange-filter.js'
import type { Decision, Exchange, ExchangeLane, ExchangeSummary } from './exchange.js'
import { matchesGlob } from './glob.js'

/** What exchanges of one agent with one server have in common. Names of headers in lower case. */
export interface ShapeFacets {
  readonly lane: ExchangeLane
  readonly server: string | null
  readonly agent: string | null
  readonly caller: Caller | null
  readonly headers: readonly string[]
  readonly injected: readonly string[]
  /** Type of the app auth that was presented. */
  readonly auth: string
}

export interface CallFacets {
  readonly method: string | null
  readonly tool: string | null
  readonly errorCode: string | null
  readonly replayOf: string | null
}

export interface RowFacets {
  readonly status: number
  readonly decision: Decision
  readonly durationMs: number
  readonly hasBody: boolean
  readonly hasEvents: boolean
  readonly hasIssuance: boolean
  readonly hasPolicy: boolean
}

/** What costs to look at. Texts in any letter case. */
export interface TextFacets {
  readonly requestId: string
  /** In the lane `auth`: the request that made it necessary. */
  readonly causedBy: string | undefined
  readonly traceId: string
  /** Everything of it. */
  text(): string
  /** Bodies and events. */
  body(): string
}

export interface ExchangeMatcher {
  shape(facets: ShapeFacets): boolean
  call(facets: CallFacets): boolean
  /** Undefined where nothing asks for any of it. */
  readonly row: ((row: RowFacets, call: CallFacets) => boolean) | undefined
  /** Undefined where nothing asks for text. */
  readonly text: ((facets: TextFacets) => boolean) | undefined
  /** What must be in the text, so that what can tell without reading it may: for each term the ways, each in pieces. */
  readonly wanted: readonly (readonly (readonly string[])[])[]
}

type Level = 'shape' | 'call' | 'row' | 'text'

const levels: Readonly<Record<FilterTerm['field'], Level>> = {
  server: 'shape',
  agent: 'shape',
  caller: 'shape',
  header: 'shape',
  injected: 'shape',
  auth: 'shape',
  lane: 'shape',
  method: 'call',
  tool: 'call',
  error: 'call',
  replay: 'call',
  verdict: 'row',
  status: 'row',
  dur: 'row',
  has: 'row',
  text: 'text',
  body: 'text',
  request: 'text',
  trace: 'text',
}

/** @param filter without a term for it, the lane `auth` is left out, unless one request is asked for and what it caused */
export function createExchangeMatcher({ terms }: ExchangeFilter): ExchangeMatcher {
  const at = (level: Level): readonly FilterTerm[] => terms.filter(({ field }) => levels[field] === level)
  const [ofShape, ofCall, ofRow, ofText] = [at('shape'), at('call'), at('row'), at('text')]
  const saysLane = terms.some(({ field, negated }) => field === 'lane' || (field === 'request' && !negated))
  return {
    shape: (facets) =>
      (saysLane || facets.lane === 'mcp') && ofShape.every((term) => shapeHolds(term, facets) !== term.negated),
    call: (facets) => ofCall.every((term) => callHolds(term, facets) !== term.negated),
    row:
      ofRow.length === 0 ? undefined : (row, call) => ofRow.every((term) => rowHolds(term, row, call) !== term.negated),
    text:
      ofText.length === 0 ? undefined : (facets) => ofText.every((term) => textHolds(term, facets) !== term.negated),
    wanted: ofText.filter(({ negated }) => !negated).map((term) => waysOf(term)),
  }
}

function waysOf(term: FilterTerm): readonly (readonly string[])[] {
  if ('text' in term) return [[term.text]]
  return 'values' in term ? term.values.map((value) => value.split('*')) : []
}

/** Whether a whole exchange, or a summary for a filter that asks for no bodies, meets a filter. */
export function matchesExchange(matcher: ExchangeMatcher, exchange: Exchange, text?: () => string): boolean {
  const call = callFacetsOf(exchange)
  return (
    matcher.shape(shapeFacetsOf(exchange)) &&
    matcher.call(call) &&
    (matcher.row === undefined || matcher.row(rowFacetsOf(exchange), call)) &&
    (matcher.text === undefined || matcher.text(textFacetsOf(exchange, text)))
  )
}

function anyMatches(values: readonly string[], ...texts: readonly (string | null | undefined)[]): boolean {
  return values.some((value) =>
    texts.some((text) => text !== null && text !== undefined && matchesGlob(value, text.toLowerCase())),
  )
}

const oauthTypes = 'oauth2_authorization_code oauth2_client_credentials token_exchange token_broker'.split(' ')

function shapeHolds(term: FilterTerm, { lane, server, agent, caller, headers, injected, auth }: ShapeFacets): boolean {
  if (!('values' in term)) return true
  const { field, values } = term
  if (field === 'server') return anyMatches(values, server)
  if (field === 'agent') return anyMatches(values, agent)
  if (field === 'caller') return anyMatches(values, caller?.id, caller?.subject, caller?.email)
  if (field === 'header') return anyMatches(values, ...headers, ...injected)
  if (field === 'lane') return anyMatches(values, lane)
  if (field === 'auth') return anyMatches(values, auth, ...(oauthTypes.includes(auth) ? ['oauth'] : []))
  return values.some((value) =>
    value === 'true'
      ? injected.length > 0
      : value === 'false'
        ? injected.length === 0
        : anyMatches([value], ...injected),
  )
}

function callHolds(term: FilterTerm, { method, tool, errorCode, replayOf }: CallFacets): boolean {
  if (term.field === 'replay') return term.is === (replayOf !== null)
  if (!('values' in term)) return true
  if (term.field === 'method') return anyMatches(term.values, method)
  if (term.field === 'tool') return anyMatches(term.values, tool)
  return anyMatches(term.values, errorCode)
}

function rowHolds(term: FilterTerm, row: RowFacets, { errorCode }: CallFacets): boolean {
  if ('tests' in term) {
    const value = term.field === 'status' ? row.status : row.durationMs
    return term.tests.every((test) => compares(value, test.comparison, test.value))
  }
  if (!('values' in term)) return true
  if (term.field === 'verdict') return term.values.includes(row.decision)
  return term.values.some((presence) => {
    if (presence === 'error') return errorCode !== null || row.status >= 400 || row.status === 0
    if (presence === 'body') return row.hasBody
    if (presence === 'events') return row.hasEvents
    return presence === 'issuance' ? row.hasIssuance : row.hasPolicy
  })
}

function compares(value: number, comparison: Comparison, bound: number): boolean {
  if (comparison === '>') return value > bound
  if (comparison === '>=') return value >= bound
  if (comparison === '<') return value < bound
  return comparison === '<=' ? value <= bound : value === bound
}

function textHolds(term: FilterTerm, facets: TextFacets): boolean {
  if (term.field === 'text') return holdsText(facets.text(), term.text)
  if (term.field === 'body') return holdsText(facets.body(), term.text)
  if (!('values' in term)) return true
  if (term.field === 'trace') return anyMatches(term.values, facets.traceId)
  return anyMatches(term.values, facets.requestId, facets.causedBy)
}

/** A text within JSON within JSON has its quotes escaped; whoever searches does not think of that. */
function holdsText(text: string, wanted: string): boolean {
  const lower = text.toLowerCase()
  const plain = wanted.toLowerCase()
  if (lower.includes(plain)) return true
  const escaped = JSON.stringify(plain).slice(1, -1)
  return escaped !== plain && (lower.includes(escaped) || lower.includes(JSON.stringify(escaped).slice(1, -1)))
}

const appAuthReason = /^app auth (\w+)/

/** What the facets are made from. */
export interface ShapeParts extends Omit<ShapeFacets, 'injected' | 'auth'> {
  readonly injected: readonly { readonly name: string; readonly reason: string; readonly byGateway: boolean }[]
  readonly hasQuery: boolean
  /** Whether a rule forwards the caller's own credential. */
  readonly forwardsCredential: boolean
}

export function shapeFacets({ injected, hasQuery, forwardsCredential, ...rest }: ShapeParts): ShapeFacets {
  const type = injected.map(({ reason }) => appAuthReason.exec(reason)?.[1]).find((found) => found !== undefined)
  return {
    ...rest,
    injected: injected.filter(({ byGateway }) => !byGateway).map(({ name }) => name),
    auth: type ?? (hasQuery ? 'api_key' : forwardsCredential ? 'passthrough' : 'none'),
  }
}

export function shapeFacetsOf({ lane, server, agent, caller, request }: ExchangeSummary): ShapeFacets {
  return shapeFacets({
    ...{ lane, server, agent: agent ?? null, caller },
    headers: request.headers.map(({ name }) => name),
    injected: request.injected.map(({ name, reason, source }) => ({
      name,
      reason,
      byGateway: source.kind === 'gateway' || source.kind === 'protocol',
    })),
    hasQuery: request.query !== undefined && request.query.length > 0,
    forwardsCredential: request.forwarded.some(
      ({ name, source }) => name === 'authorization' && source.rule !== undefined,
    ),
  })
}

function callFacetsOf({ method, tool, errorCode, replayOf }: ExchangeSummary): CallFacets {
  return { method, tool, errorCode: errorCode ?? null, replayOf: replayOf ?? null }
}

function rowFacetsOf({ response, verdict, durationMs, request, issuanceId }: Exchange): RowFacets {
  return {
    status: response.status,
    decision: verdict.decision,
    durationMs,
    hasBody: request.body !== undefined,
    hasEvents: response.headers.some(({ name, value }) => name === 'content-type' && value.includes('event-stream')),
    hasIssuance: issuanceId !== undefined,
    hasPolicy: verdict.policies.length > 0,
  }
}

function textFacetsOf(exchange: Exchange, text: (() => string) | undefined): TextFacets {
  const { request, response } = exchange
  return {
    requestId: exchange.requestId,
    causedBy: exchange.causedBy,
    traceId: exchange.traceId,
    text: text ?? (() => JSON.stringify(exchange)),
    body: text ?? (() => [request.body, response.body, JSON.stringify(response.events ?? '')].join('\n')),
  }
}
