/**
 * What would be sent, and why, without sending or fetching anything: the same recognition and the same plan that a real
 * request gets.
 */
import { decodeJwt } from 'jose'
import { recogniseCaller, type Recognised } from '../callers/recognise-caller.js'
import { subjectKey, type Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import type { OutboundHeaderEntry, StrippedHeaderEntry, Verdict } from '../contract/exchange.js'
import { isSensitiveName, masked, maskValue } from '../contract/mask-value.js'
import type { GeneratedHeader } from '../credentials/outbound-request.js'
import { planOutbound } from '../credentials/plan-outbound.js'
import type { OutboundPlan, PendingValue } from '../credentials/planned.js'
import type { RegisteredServer, Snapshot } from '../registry/registry.js'
import type { ShieldCall } from '../shield/shield-call.js'
import { userAgent } from '../version.js'
import { hopOf, sessionEraOf } from './hop.js'
import { wishOf } from './obtain-account.js'
import { bearerToken, namedCaller } from './named-caller.js'
import { eraOf } from './read-message.js'
import type { AccountWish } from '../oauth/authorization/create-accounts.js'
import { tokenContext, type PendingToken } from './obtain-tokens.js'
import type { PipelinePorts } from './ports.js'
import { requestIdPattern, traceparentPattern } from './request-ids.js'

export interface ExplainInput {
  readonly server: string
  /** A subject, a key's id, or `{issuer}#{sub}`. */
  readonly caller?: string | undefined
  readonly method?: string | undefined
  readonly tool?: string | undefined
  readonly arguments?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The server as it would be saved, in place of the saved one. */
  readonly config?: Readonly<Record<string, unknown>> | undefined
}

export interface Explanation {
  /** Whether the call would be sent. */
  readonly allowed: boolean
  readonly caller: Caller | null
  readonly verdict: Verdict
  readonly url: string
  readonly outbound: readonly OutboundHeaderEntry[]
  readonly stripped: readonly StrippedHeaderEntry[]
  /** Why it would not be sent, and what would be left out. */
  readonly problems: readonly string[]
}

/** What every POST of a message has, and what agents send where nothing is said of their headers. */
const everyCall = { 'content-type': 'application/json' }
const usualHeaders = { accept: 'application/json, text/event-stream' }
const perRequest = '(made for each request)'
const fetchedLater = '(fetched at call time)'

/**
 * @throws GatewayError `vault_locked`, `unknown_server`; of a `config`, `invalid_input`, `header_conflict`
 */
export async function explain(input: ExplainInput, ports: PipelinePorts): Promise<Explanation> {
  const snapshot = ports.registry.snapshot
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  const server = explainedServer(input, snapshot, ports)
  const headers = { ...everyCall, ...lowerCase(input.headers ?? usualHeaders) }
  const problems: string[] = []
  const recognised = await recognise(input, headers, server, snapshot, ports, problems)
  const refusals = [server.disabledReason].filter((reason) => reason !== undefined)
  const about = { slug: server.slug, server, recognised, caller: recognised?.caller ?? nobody, era: eraIn(headers) }
  const hop = hopOf(about, ports)
  const planFor = (tool: string | undefined): OutboundPlan =>
    planOutbound(server.plan, {
      hop,
      sessionEra: sessionEraOf(about, hop, ports),
      headers,
      caller: recognised?.caller ?? nobody,
      callerToken: recognised?.token,
      claims: recognised?.claims ?? {},
      authorizationIsOurs: recognised?.authorizationIsOurs ?? true,
      tool,
      generated: generatedHeaders(headers),
    })
  const plan = planFor(input.tool)
  // A session is begun with the server's own credential, whichever the tool's is.
  const isOpenedFirst = hop === 'session' && input.tool !== undefined && server.plan.appAuthByTool.has(input.tool)
  const refusal = plan.refusal ?? (isOpenedFirst ? planFor(undefined).refusal : undefined)
  if (refusal !== undefined) refusals.push(refusal.detail)
  const foreseen = await ports.shield.foresee(foreseenCall(input, recognised, headers))
  const { verdict, notes } = foreseen
  if (foreseen.refusal !== undefined) refusals.push(`Shield: ${verdict.reason ?? ''}`)
  problems.push(...notes)
  const asker = { caller: recognised?.caller ?? nobody, requestId: perRequest, traceId: perRequest }
  const context = tokenContext(server, asker, ports)
  const wish = (clientKey: string): AccountWish =>
    wishOf({ server, caller: asker.caller, recognised: recognised ?? {} }, clientKey)
  const { entries, missing } = await showHeaders(plan, { context, wish, isDraft: input.config !== undefined }, ports)
  refusals.push(...missing)
  return {
    allowed: recognised !== undefined && refusals.length === 0,
    caller: recognised?.caller ?? null,
    verdict,
    url: showUrl(plan),
    outbound: entries,
    stripped: plan.stripped.map(({ name, value, sensitive, source, reason }) => ({
      ...shown(name, value, sensitive),
      source,
      reason,
    })),
    problems: [...problems, ...refusals, ...plan.problems],
  }
}

/** @throws GatewayError `unknown_server`; of a `config`, `invalid_input`, `header_conflict` */
function explainedServer(
  { server: slug, config }: ExplainInput,
  snapshot: Snapshot,
  ports: PipelinePorts,
): RegisteredServer {
  const server = config === undefined ? snapshot.servers.get(slug) : ports.registry.draftServer(slug, config)
  if (server !== undefined) return server
  throw new GatewayError('unknown_server', { detail: `No server is registered as ${slug}.` })
}

/** Where nothing is said of it, the current one. */
function eraIn(headers: Readonly<Record<string, string>>): 'legacy' | 'modern' {
  return headers['mcp-protocol-version'] === undefined ? 'modern' : eraOf(headers, undefined)
}

/** The call that is asked about, as it would come in. */
function foreseenCall(
  input: ExplainInput,
  recognised: Recognised | undefined,
  headers: Readonly<Record<string, string>>,
): ShieldCall {
  const { tool } = input
  const method = input.method ?? (tool === undefined ? 'initialize' : 'tools/call')
  const params = {
    ...(tool === undefined ? {} : { name: tool }),
    ...(input.arguments === undefined ? {} : { arguments: input.arguments }),
  }
  return {
    requestId: perRequest,
    caller: recognised?.caller ?? nobody,
    agent: recognised?.key?.agent,
    server: input.server,
    message: { kind: 'request', id: 0, method, params, tool: method === 'tools/call' ? tool : undefined, text: '' },
    era: 'modern',
    protocolVersion: headers['mcp-protocol-version'],
  }
}

const nobody: Caller = { id: 'nobody', subject: 'nobody', method: 'none' }

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function generatedHeaders(headers: Readonly<Record<string, string>>): readonly GeneratedHeader[] {
  const generated: GeneratedHeader[] = [{ name: 'user-agent', value: userAgent, reason: 'made by the gateway' }]
  for (const [name, pattern] of [
    ['x-request-id', requestIdPattern],
    ['traceparent', traceparentPattern],
  ] as const)
    if (!pattern.test(headers[name] ?? ''))
      generated.push({ name, value: perRequest, reason: 'made here, so that both hops can be matched' })
  return generated
}

/** The caller that was named, or else the one that the given headers prove. */
async function recognise(
  input: ExplainInput,
  headers: Readonly<Record<string, string>>,
  server: RegisteredServer,
  snapshot: Snapshot,
  ports: PipelinePorts,
  problems: string[],
): Promise<Recognised | undefined> {
  if (input.caller !== undefined) return namedCaller(input.caller, snapshot, headers)
  const { agentAuth, appAuth } = server.resolved
  const credentials = ['authorization', 'x-gatehouse-apikey', 'x-highflame-apikey'].some(
    (name) => headers[name] !== undefined,
  )
  if (!credentials && agentAuth.type !== 'passthrough') return namedCaller('local', snapshot, headers)
  try {
    return await recogniseCaller(
      { headers, agentAuth, appAuth, agent: undefined, audiences: [], baseUrl: issuerIn(headers), slug: server.slug },
      {
        keysByHash: snapshot.keysByHash,
        legacyBearer: snapshot.legacyBearer,
        tokens: ports.tokens,
        minted: ports.signIn.tokens,
        nowMs: ports.nowMs,
      },
    )
  } catch (error) {
    problems.push(error instanceof Error ? error.message : 'the caller is not recognised')
    return undefined
  }
}

/** A token of the gateway's own is good under the name that the gateway was asked by for it. */
function issuerIn(headers: Readonly<Record<string, string>>): string {
  const token = bearerToken(headers['authorization'])
  return token === undefined ? '' : String(decodeJwt(token).iss)
}

/** For whom tokens and accounts are looked for. */
interface ForWhom {
  /** Saving it approves where it sends secrets. */
  readonly isDraft: boolean
  readonly context: ReturnType<typeof tokenContext>
  wish(clientKey: string): AccountWish
}

async function showHeaders(
  plan: OutboundPlan,
  { context, wish, isDraft }: ForWhom,
  ports: PipelinePorts,
): Promise<{ entries: OutboundHeaderEntry[]; missing: string[] }> {
  const entries: OutboundHeaderEntry[] = []
  const missing: string[] = []
  for (const { name, value, sensitive, source, disposition, reason } of plan.headers) {
    if (typeof value === 'string') {
      entries.push({ ...shown(name, value, sensitive), source, disposition, reason })
      continue
    }
    if (value.kind === 'account') {
      const accountId = await showAccount(wish(value.clientKey), ports, missing)
      const told = accountId === undefined ? source : { ...source, accountId }
      entries.push({ name, value: fetchedLater, masked: true, source: told, disposition, reason })
      continue
    }
    const known =
      value.kind === 'token'
        ? await showToken(value, context, ports, missing)
        : await showPending(value, { destination: plan.destination, isDraft }, ports, missing)
    entries.push({ name, value: known, masked: true, source, disposition, reason })
  }
  const query = plan.query?.value
  if (query !== undefined && query.kind !== 'account' && query.kind !== 'token')
    await showPending(query, { destination: plan.destination, isDraft }, ports, missing)
  return { entries, missing }
}

/** @returns the id of the account that would be used; what it lacks goes to `missing` */
async function showAccount(
  wish: AccountWish,
  { accounts }: PipelinePorts,
  missing: string[],
): Promise<string | undefined> {
  const token = await accounts.known(wish)
  if (token.kind === 'needed') {
    const label = token.account?.label ?? wish.label
    const option = label === undefined || label === '' ? '' : ` --label ${label}`
    missing.push(
      `no account can be used: ${token.reason} Connect one: gatehouse connect ${wish.server.slug} --subject ${subjectKey(wish.caller)}${option}`,
    )
  }
  return token.account?.id
}

/** A token is shown masked where it is at hand, and fetched for nobody. */
async function showToken(
  pending: PendingToken,
  context: ForWhom['context'],
  { tokenSource }: PipelinePorts,
  missing: string[],
): Promise<string> {
  try {
    const token = await tokenSource.known(pending.demand, context(pending))
    if (token !== undefined) return maskValue(pending.prefix + token.value)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === 'internal') throw error
    missing.push(error.message)
  }
  return fetchedLater
}

async function showPending(
  value: Exclude<PendingValue, PendingToken | { readonly kind: 'account' }>,
  { destination, isDraft }: { readonly destination: string; readonly isDraft: boolean },
  ports: PipelinePorts,
  missing: string[],
): Promise<string> {
  const secrets =
    value.kind === 'secret'
      ? [value.secret]
      : [value.username, value.password].flatMap((part) => (typeof part === 'string' ? [] : [part.secret]))
  const subject = value.kind === 'secret' ? value.subject : undefined
  let text = value.kind === 'secret' ? value.prefix : 'Basic '
  for (const secret of secrets) {
    const opened = await ports.secrets.open(secret, subject, destination)
    if (opened.outcome === 'missing')
      missing.push(`the secret ${secret} is not in the vault${subject === undefined ? '' : ` for ${subject}`}`)
    else if (opened.outcome === 'not_approved' && !isDraft)
      missing.push(`the secret ${secret} is not approved for ${destination}`)
    else if (opened.outcome === 'value' && value.kind === 'secret') text += opened.value
  }
  return value.kind === 'basic' || text === value.prefix ? `${text.trimEnd()} ${masked}`.trimStart() : maskValue(text)
}

function shown(name: string, value: string, sensitive: boolean): { name: string; value: string; masked: boolean } {
  const hide = sensitive || isSensitiveName(name)
  return { name, value: hide ? maskValue(value) : value, masked: hide }
}

function showUrl(plan: OutboundPlan): string {
  if (plan.query === undefined) return plan.url
  return `${plan.url}${plan.url.includes('?') ? '&' : '?'}${encodeURIComponent(plan.query.name)}=${masked}`
}
