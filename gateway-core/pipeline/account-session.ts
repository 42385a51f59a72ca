/**
 * Sessions with servers that are called with a caller's account: a token that the server refuses is refreshed once and the
 * request sent once more; where that does not help, or more scopes are needed, the person is asked.
 */
import { GatewayError } from '../contract/errors.js'
import type { Answer, Params } from '../contract/json-rpc.js'
import type { TokenCause } from '../oauth/authorization/account-ports.js'
import type { AccountWish } from '../oauth/authorization/create-accounts.js'
import { credentialRejected } from '../servers/http-failure.js'
import type { ServerSession, SessionCall } from '../servers/server-session.js'
import { HttpRefusal, type OutboundRequest } from '../servers/transport.js'
import type { Account } from '../vault/account-store.js'
import {
  askToConnect,
  accountNeeded,
  connectedAlready,
  connectSession,
  type AccountNeed,
  type LastLists,
} from './connect-session.js'
import type { PipelinePorts } from './ports.js'
import { sentencesOf } from '../contract/diagnosis.js'
import { stillRefused } from './still-refused.js'
import { mayWiden, wantedScopes, withWiderToken } from './wider-token.js'
import type { Credentialed } from './stages.js'

/** Who asks for what, as far as a link to connect an account needs it. */
export interface Asker extends Pick<Credentialed, 'slug' | 'server' | 'baseUrl'> {
  readonly wish: AccountWish
  readonly cause: TokenCause
}

/** An account that a request is made with. */
export interface AccountUse {
  readonly account: Account
  /** Index of the header's value in `OutboundRequest.headers`. */
  readonly headerIndex: number
  readonly prefix: string
  readonly request: Asker
  /** Whether the server is one of many, whose lists then leave it out where an account is needed. */
  among: 'alone' | 'of many'
  /** Called with each token that is sent in place of the first. */
  noteToken(token: string): void
}

/** A request with the account that it is made with. */
interface AccountOutbound extends OutboundRequest {
  readonly account: AccountUse
}

export function withAccount(outbound: OutboundRequest, account: AccountUse, ports: PipelinePorts): AccountOutbound {
  const made: AccountOutbound = { ...outbound, account, current: () => currentOf(made, ports) }
  return made
}

/** With the token that the account has now, which is refreshed where it is about to end and not because it was refused. */
async function currentOf(made: AccountOutbound, ports: PipelinePorts): Promise<OutboundRequest | undefined> {
  const { account: use } = made
  const { wish, cause } = use.request
  const token = await ports.accounts.token(wish, cause)
  // Another account is another session.
  if (token.kind === 'needed' || token.account.id !== use.account.id) return undefined
  use.noteToken(token.accessToken)
  return withToken(made, { ...use, account: token.account }, token.accessToken, ports)
}

export function usesAccount(outbound: OutboundRequest): boolean {
  return useOf(outbound) !== undefined
}

function useOf(outbound: OutboundRequest): AccountUse | undefined {
  return 'account' in outbound ? (outbound as AccountOutbound).account : undefined
}

export type OpenSession = (outbound: OutboundRequest, capabilities: Params) => Promise<ServerSession>

/**
 * The session for a request: with the server, with an account where its caller has one, or with the gateway alone where
 * an account is needed first.
 *
 * @param among whether the server is one of many, whose lists then leave it out
 * @throws as `ServerSessions.get`
 */
export async function sessionFor(
  request: Credentialed,
  ports: PipelinePorts,
  capabilities: Params,
  open: OpenSession,
  among: 'alone' | 'of many' = 'alone',
): Promise<ServerSession> {
  if (request.accountNeed !== undefined) return connecting(request, request.accountNeed, ports, among)
  // Also for tools that need none: an agent is kept by the session that it uses.
  const { plan } = request.server
  if (plan.accountClients.size === 0 && !mayWiden(plan)) return open(request.outbound, capabilities)
  const opened = await opening(request, ports, capabilities, open)
  if ('need' in opened) return connecting(request, opened.need, ports, among)
  const use = useOf(request.outbound)
  if (use !== undefined) use.among = among
  return guarded(opened.session, ports)
}

/** The lists of the server as this caller last had them. */
function lastListsFor({ slug, caller }: Pick<Credentialed, 'slug' | 'caller'>, ports: PipelinePorts): LastLists {
  return (method) => ports.catalogue.last(slug, caller.id, method)
}

function connecting(
  request: Credentialed,
  need: AccountNeed,
  ports: PipelinePorts,
  among: 'alone' | 'of many',
): ServerSession {
  ports.states.failed(request.slug, 'account_needed', need.reason)
  Object.assign(request, { accountNeed: need })
  return connectSession(request.server, need, among === 'alone' ? lastListsFor(request, ports) : undefined)
}

type Opened = { readonly session: ServerSession } | { readonly need: AccountNeed }

async function opening(
  request: Credentialed,
  ports: PipelinePorts,
  capabilities: Params,
  open: OpenSession,
): Promise<Opened> {
  // A tool's own account is for its calls alone: a session is not begun with it, and a refusal then is not about it.
  if (request.outbound.ofServer !== undefined)
    return { session: await open(request.outbound, capabilities).catch((error: unknown) => rejected(error, request)) }
  const outcome = await trying(request.outbound, ports, (outbound) => open(outbound, capabilities))
  return 'need' in outcome ? outcome : { session: outcome.done }
}

/** @throws GatewayError `credential_rejected` for a 401, which never reaches an agent as its own; else what it was */
function rejected(error: unknown, { slug }: Pick<Credentialed, 'slug'>): never {
  throw error instanceof HttpRefusal && error.status === 401 ? credentialRejected(slug) : error
}

type Tried<T> = { readonly done: T } | { readonly need: AccountNeed }

/**
 * Does something with an account's token, and once more with a new one after a 401.
 *
 * @throws GatewayError `insufficient_scope` where more scopes have been asked for twice already
 */
async function trying<T>(
  outbound: OutboundRequest,
  ports: PipelinePorts,
  work: (outbound: OutboundRequest) => Promise<T>,
): Promise<Tried<T>> {
  const use = useOf(outbound)
  if (use === undefined) return { done: await withWiderToken(outbound, work) }
  try {
    return { done: await work(outbound) }
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error
    if (error.status === 403) return { need: moreScopes(error, use, ports) }
    if (error.status !== 401) throw error
  }
  const next = await ports.accounts.afterRefusal(use.account, use.request.cause)
  if (next.kind === 'needed') return { need: needOf(use.request, ports, next) }
  use.noteToken(next.accessToken)
  const again = withToken(outbound, { ...use, account: next.account }, next.accessToken, ports)
  try {
    return { done: await work(again) }
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error
    if (error.status === 403) return { need: moreScopes(error, { ...use, account: next.account }, ports) }
    if (error.status !== 401) throw error
    const told = stillRefused(error, next.account, next.accessToken, Date.now())
    const reason = [...sentencesOf(told), told.fix].join(' ')
    await ports.accounts.end(next.account, reason)
    return { need: needOf(use.request, ports, { reason, account: next.account }) }
  }
}

function withToken(outbound: OutboundRequest, use: AccountUse, token: string, ports: PipelinePorts): OutboundRequest {
  const headers = outbound.headers.with(use.headerIndex, use.prefix + token)
  return withAccount({ ...outbound, headers }, use, ports)
}

/** @param lacking why, and which account is to be connected again, where it is one */
export function needOf(
  { wish, baseUrl, cause }: Asker,
  ports: PipelinePorts,
  { reason, account }: { readonly reason: string; readonly account: Account | undefined },
): AccountNeed {
  return {
    reason,
    requestId: cause.requestId,
    connectUrl: () => ports.accounts.connectUrl(baseUrl, wish, cause, account),
    whenConnected: (listener) => ports.accounts.whenConnected(wish, listener),
  }
}

/** @throws HttpRefusal where the refusal is about something else */
function moreScopes(refusal: HttpRefusal, { account, request }: AccountUse, ports: PipelinePorts): AccountNeed {
  const scopes = wantedScopes(refusal.status, refusal.headers)
  if (scopes === undefined) throw refusal
  const url = ports.accounts.stepUpUrl(request.baseUrl, account, scopes, request.cause)
  const wanted = scopes.length === 0 ? 'more than it was granted' : scopes.slice(0, 20).join(' ')
  if (url === undefined)
    throw new GatewayError('insufficient_scope', {
      detail: `The server wants ${wanted}, and asking for that twice did not help.`,
      fix: 'Ask whoever runs the server what this account may do.',
    })
  const reason = `This call needs one more permission: ${wanted}.`
  return { ...needOf(request, ports, { reason, account }), connectUrl: () => url }
}

/** One for each session, as agents are kept by the session that they use. */
const guards = new WeakMap<ServerSession, ServerSession>()

function guarded(session: ServerSession, ports: PipelinePorts): ServerSession {
  let guard = guards.get(session)
  if (guard === undefined) {
    guard = guardOf(session, ports)
    guards.set(session, guard)
  }
  return guard
}

function guardOf(session: ServerSession, ports: PipelinePorts): ServerSession {
  const guarding =
    (send: (call: SessionCall) => Promise<Answer>) =>
    async (call: SessionCall): Promise<Answer> => {
      const asked = withoutOwnAnswers(call)
      const outcome = await trying(call.outbound, ports, (outbound) => send({ ...asked, outbound }))
      const use = useOf(call.outbound)
      if ('done' in outcome) {
        if (use !== undefined) ports.catalogue.note(use.request.slug, use.request.wish.caller.id, call, outcome.done)
        return connectedAlready(call, outcome.done)
      }
      if (use === undefined) throw new GatewayError('internal')
      const { server, slug, wish } = use.request
      ports.states.failed(slug, 'account_needed', outcome.need.reason)
      if (call.method !== 'tools/call') {
        const last = use.among === 'alone' ? lastListsFor({ slug, caller: wish.caller }, ports)(call.method) : undefined
        if (last !== undefined) return { result: last }
        throw accountNeeded(server, outcome.need)
      }
      return askToConnect(server, outcome.need, call.agent.capabilities)
    }
  return {
    get about() {
      return session.about
    },
    call: guarding((call) => session.call(call)),
    notify: (notification, outbound) => session.notify(notification, outbound),
    listen: (listener) => session.listen(listener),
    subscribe: (uri, listener, call) => guarding((sent) => session.subscribe(uri, listener, sent))(call),
    unsubscribe: (uri, listener, call) => guarding((sent) => session.unsubscribe(uri, listener, sent))(call),
    ended: session.ended,
    close: () => session.close(),
  }
}

/** That the agent opened the gateway's page is not the server's concern: it has not asked for anything. */
function withoutOwnAnswers(call: SessionCall): SessionCall {
  const { params } = call
  if (params?.['inputResponses'] === undefined || params['requestState'] !== undefined) return call
  const { inputResponses: _answered, ...rest } = params
  return { ...call, params: rest }
}
