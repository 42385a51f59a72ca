/**
 * Plans the outbound request: which headers go to the server, each with its source and the rule that made it. Pure:
 * nothing is read, fetched or sent. The proxy, `explain` and the preview all call this one function.
 */
import { matchesGlob } from '../contract/glob.js'
import type { CompiledAppAuth } from './app-auth.js'
import type { ServerPlan } from './compile-plan.js'
import {
  gatewayKeyHeaders,
  holdsGatewayKey,
  isProtocolHeader,
  transportHeaders,
  whyNeverForwarded,
} from './header-rules.js'
import { noCallerToken, planOutboundHeader, reasonOf, type HeaderPlan } from './outbound-header.js'
import type { GeneratedHeader, OutboundRequest } from './outbound-request.js'
import type { OutboundPlan, PendingValue, PlannedHeader, PlanRefusal, StrippedHeader } from './planned.js'

const inboundSource = { kind: 'inbound' } as const
const gatewaySource = { kind: 'gateway' } as const
const gatewayItself = 'the gateway'

export function planOutbound(plan: ServerPlan, request: OutboundRequest): OutboundPlan {
  if (request.hop === 'process') return planForProcess(plan, request)
  const appAuth = (request.tool === undefined ? undefined : plan.appAuthByTool.get(request.tool)) ?? plan.appAuth
  const recipes = plan.outboundHeaders.map((compiled) => planOutboundHeader(compiled, request))
  const set = namesSetByRules(appAuth, recipes, request.generated)
  const headers: PlannedHeader[] = []
  const stripped: StrippedHeader[] = []
  sortInbound(plan, appAuth, request, set, headers, stripped)
  if (request.hop === 'session') headers.push(...sessionHeaders, ...headersOfEra(request))
  for (const { name, value, reason } of request.generated) {
    const disposition = request.headers[name] === undefined || name === 'user-agent' ? 'generated' : 'replaced'
    headers.push({ name, value, sensitive: false, disposition, source: gatewaySource, reason })
  }
  const refusal = appAuthRefusal(appAuth, request)
  const value = appAuthValue(appAuth, request)
  if (value !== undefined && appAuth.header !== undefined && refusal === undefined)
    headers.push(appAuthHeader(appAuth, appAuth.header, value, request))
  for (const { header } of recipes) if (header !== undefined) headers.push(header)
  return {
    url: plan.url,
    target: plan.target,
    destination: plan.destination,
    query:
      appAuth.query === undefined || appAuth.value === undefined
        ? undefined
        : { name: appAuth.query, value: appAuth.value, source: appAuthSource(appAuth) },
    headers,
    stripped,
    problems: recipes.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    refusal: refusal ?? recipes.find((recipe) => recipe.refusal !== undefined)?.refusal,
    ownCredential: presentsOwnCredential(appAuth, recipes),
  }
}

/** A command gets its secrets as arguments and environment when it is started. */
function planForProcess(plan: ServerPlan, { headers }: OutboundRequest): OutboundPlan {
  const stripped: StrippedHeader[] = []
  for (const name in headers) {
    if (transportHeaders.has(name)) continue
    const value = headers[name] ?? ''
    const sensitive = name === 'authorization' || gatewayKeyHeaders.has(name) || holdsGatewayKey(value)
    const source = sensitive ? ({ kind: 'agent_auth' } as const) : inboundSource
    stripped.push({ name, value, sensitive, source, reason: 'a command takes no headers' })
  }
  const { url, target, destination, appAuth, outboundHeaders } = plan
  const hasValue = appAuth.value !== undefined || appAuth.demand !== undefined
  const idle = [...(hasValue ? [appAuth.rule] : []), ...outboundHeaders.map(({ rule }) => rule)]
  return {
    url,
    target,
    destination,
    query: undefined,
    headers: [],
    stripped,
    problems: idle.map((rule) => `${rule} has no effect: a command takes no headers`),
    refusal: undefined,
    ownCredential: false,
  }
}

const ownSession = 'the session with the server is the gateway’s own'
const madeAnew: Strip = { reason: `made anew: ${ownSession}`, sensitive: false, source: inboundSource }

/** Headers that belong to one message in one session, and so to the agent's alone. */
function isOfTheMessage(name: string): boolean {
  if (name.startsWith('mcp-')) return !name.startsWith('mcp-param-')
  return name === 'accept' || name === 'content-type' || name === 'last-event-id'
}

/** What the session's messages carry beside what is planned. Values in brackets are settled with the server. */
const sessionHeaders: readonly PlannedHeader[] = [
  ofSession('accept', 'application/json, text/event-stream'),
  ofSession('content-type', 'application/json'),
  ofSession('mcp-protocol-version', '(as negotiated with the server)'),
]
const legacyHeaders: readonly PlannedHeader[] = [ofSession('mcp-session-id', '(given by the server)')]
const modernMethod = ofSession('mcp-method', '(of the message)')
const modernName = ofSession('mcp-name', '(of the message)')

function headersOfEra({ sessionEra, tool }: OutboundRequest): readonly PlannedHeader[] {
  if (sessionEra === undefined) return []
  if (sessionEra === 'legacy') return legacyHeaders
  return tool === undefined ? [modernMethod] : [modernMethod, modernName]
}

function ofSession(name: string, value: string): PlannedHeader {
  return {
    name,
    value,
    sensitive: false,
    disposition: 'generated',
    source: { kind: 'protocol' },
    reason: ownSession,
  }
}

/** Names that rules or the gateway set, with who does. An inbound header of such a name is stripped. */
function namesSetByRules(
  appAuth: CompiledAppAuth,
  recipes: readonly HeaderPlan[],
  generated: readonly GeneratedHeader[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { name } of generated) names.set(name, gatewayItself)
  if (appAuth.header !== undefined && appAuth.type !== 'passthrough') names.set(appAuth.header, appAuth.rule)
  for (const { name, rule } of recipes) names.set(name, rule)
  return names
}

function sortInbound(
  plan: ServerPlan,
  appAuth: CompiledAppAuth,
  request: OutboundRequest,
  set: ReadonlyMap<string, string>,
  headers: PlannedHeader[],
  stripped: StrippedHeader[],
): void {
  const nominated = namedByConnection(request.headers['connection'])
  for (const name in request.headers) {
    if (transportHeaders.has(name)) continue
    const value = request.headers[name] ?? ''
    if (
      name === 'authorization' &&
      appAuth.type === 'passthrough' &&
      !request.authorizationIsOurs &&
      !holdsGatewayKey(value)
    ) {
      headers.push({
        name,
        value,
        sensitive: true,
        disposition: 'forwarded',
        source: { kind: 'inbound', rule: appAuth.rule },
        reason: 'app auth passthrough: the credential of the caller, unchanged',
      })
      continue
    }
    const strip =
      request.hop === 'session' && isOfTheMessage(name) ? madeAnew : whyStripped(plan, name, value, set, nominated)
    if (strip === undefined)
      headers.push({
        name,
        value,
        sensitive: false,
        disposition: 'forwarded',
        source: inboundSource,
        reason: 'sent by the agent',
      })
    else stripped.push({ name, value, sensitive: strip.sensitive, source: strip.source, reason: strip.reason })
  }
}

type Strip = Pick<StrippedHeader, 'reason' | 'source' | 'sensitive'>

function whyStripped(
  plan: ServerPlan,
  name: string,
  value: string,
  set: ReadonlyMap<string, string>,
  nominated: ReadonlySet<string>,
): Strip | undefined {
  const never = whyNeverForwarded(name)
  if (never !== undefined)
    return {
      reason: never,
      sensitive: gatewayKeyHeaders.has(name),
      source: gatewayKeyHeaders.has(name) ? { kind: 'agent_auth' } : inboundSource,
    }
  if (nominated.has(name) && !isProtocolHeader(name))
    return { reason: 'named by Connection', sensitive: false, source: inboundSource }
  const setter = set.get(name)
  if (setter === gatewayItself)
    return { reason: 'malformed, so the gateway sends its own', sensitive: false, source: inboundSource }
  if (setter !== undefined)
    return { reason: `set by ${setter}`, sensitive: true, source: { kind: 'inbound', rule: setter } }
  if (holdsGatewayKey(value))
    return { reason: 'holds a gateway key, which never leaves', sensitive: true, source: { kind: 'agent_auth' } }
  if (isProtocolHeader(name)) return undefined
  const pattern = plan.restricted.find((candidate) => matchesGlob(candidate, name))
  if (pattern === undefined) return undefined
  return { reason: `restricted by ${pattern}`, sensitive: true, source: { kind: 'inbound', rule: plan.restrictedRule } }
}

const noNames: ReadonlySet<string> = new Set()

function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return noNames
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}

function appAuthSource(appAuth: CompiledAppAuth): PlannedHeader['source'] {
  return appAuth.secret === undefined
    ? { kind: 'app_auth', rule: appAuth.rule }
    : { kind: 'app_auth', rule: appAuth.rule, secret: appAuth.secret }
}

function appAuthValue({ value, demand }: CompiledAppAuth, request: OutboundRequest): PendingValue | undefined {
  if (demand === undefined) return value
  const subjectToken = demand.grant === 'token_exchange' ? request.callerToken : undefined
  return { kind: 'token', prefix: 'Bearer ', demand, subjectToken }
}

function appAuthRefusal(appAuth: CompiledAppAuth, request: OutboundRequest): PlanRefusal | undefined {
  const { type, rule } = appAuth
  if (type === 'token_exchange' && request.callerToken === undefined)
    return noCallerToken(rule, 'exchanges the caller’s token')
  return undefined
}

/** With app auth `none`, what rules put into other headers is all that the server can mean by a 401. */
function presentsOwnCredential({ type }: CompiledAppAuth, recipes: readonly HeaderPlan[]): boolean {
  if (type === 'passthrough') return false
  if (type !== 'none') return true
  return recipes.some(({ header }) => header?.sensitive === true)
}

function appAuthHeader(
  appAuth: CompiledAppAuth,
  name: string,
  value: PendingValue,
  request: OutboundRequest,
): PlannedHeader {
  return {
    name,
    value,
    sensitive: true,
    disposition: request.headers[name] === undefined ? 'injected' : 'replaced',
    source: appAuthSource(appAuth),
    reason: `app auth ${appAuth.type}${appAuth.demand === undefined ? '' : `: ${reasonOf(appAuth.demand)}`}`,
  }
}
