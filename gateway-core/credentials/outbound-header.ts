/** The additional outbound headers: one recipe each, planned for one request. */
import { subjectKey } from '../contract/caller.js'
import type { HeaderSource } from '../contract/exchange.js'
import { clientSecretOf, type TokenDemand } from '../contract/token-demand.js'
import type { CompiledHeader } from './compile-plan.js'
import type { OutboundRequest } from './outbound-request.js'
import type { PlannedHeader, PlanRefusal } from './planned.js'

export interface HeaderPlan {
  readonly name: string
  readonly rule: string
  /** Undefined where the header is left out or the call is refused. */
  readonly header?: PlannedHeader
  readonly problem?: string
  readonly refusal?: PlanRefusal
}

export function planOutboundHeader(compiled: CompiledHeader, request: OutboundRequest): HeaderPlan {
  const { recipe, rule } = compiled
  switch (recipe.type) {
    case 'custom':
      return typeof recipe.value === 'string'
        ? injected(compiled, request, recipe.value, false, 'a fixed value', { kind: 'outbound_header', rule })
        : storedValue(compiled, request, recipe.value.secret, undefined, 'a fixed value from the vault')
    case 'stored_credential':
      return recipe.scope === 'user'
        ? storedValue(compiled, request, recipe.secret, subjectKey(request.caller), 'stored credential of the caller')
        : storedValue(compiled, request, recipe.secret, undefined, 'stored credential of the organization')
    case 'caller_token':
      return callerToken(compiled, request)
    case 'caller_identity':
      return callerIdentity(compiled, request, recipe.claim, recipe.required === true)
    case 'client_credentials_token':
      return token(compiled, request, { grant: 'client_credentials', rule, client: recipe })
    case 'token_exchange':
      return token(compiled, request, { grant: 'token_exchange', rule, client: recipe })
  }
}

function injected(
  { name, rule, recipe }: CompiledHeader,
  request: OutboundRequest,
  value: PlannedHeader['value'],
  sensitive: boolean,
  reason: string,
  source: HeaderSource,
): HeaderPlan {
  const text = typeof value === 'string' ? (recipe.prefix ?? '') + value : value
  const disposition = request.headers[name] === undefined ? 'injected' : 'replaced'
  return { name, rule, header: { name, value: text, sensitive, disposition, source, reason } }
}

function storedValue(
  compiled: CompiledHeader,
  request: OutboundRequest,
  secret: string,
  subject: string | undefined,
  reason: string,
): HeaderPlan {
  const value = { kind: 'secret', prefix: compiled.recipe.prefix ?? '', secret, subject } as const
  return injected(compiled, request, value, true, reason, { kind: 'outbound_header', rule: compiled.rule, secret })
}

function callerToken(compiled: CompiledHeader, request: OutboundRequest): HeaderPlan {
  const { name, rule } = compiled
  if (request.callerToken === undefined)
    return { name, rule, refusal: noCallerToken(rule, 'passes the caller’s token on') }
  const source = { kind: 'outbound_header', rule } as const
  return injected(compiled, request, request.callerToken, true, 'the token that the caller proved itself with', source)
}

function callerIdentity(
  compiled: CompiledHeader,
  request: OutboundRequest,
  claim: string,
  required: boolean,
): HeaderPlan {
  const { name, rule } = compiled
  const value = claimAsText(request.claims[claim])
  if (value !== undefined)
    return injected(compiled, request, value, false, `claim ${claim} of the caller`, { kind: 'outbound_header', rule })
  const problem = `${rule}: the caller has no claim ${claim} that a header can carry, so ${name} is left out`
  if (!required) return { name, rule, problem }
  return {
    name,
    rule,
    problem,
    refusal: {
      code: 'caller_claim_missing',
      detail: `${rule} requires the caller’s claim ${claim}, and this caller has none that a header can carry.`,
      fix: `Call as somebody with the claim ${claim}, or set required to false.`,
    },
  }
}

/** Text, numbers, booleans, and lists of them joined by commas; undefined for anything that a header cannot carry. */
function claimAsText(claim: unknown): string | undefined {
  const text =
    Array.isArray(claim) && claim.every(isScalar) ? claim.join(',') : isScalar(claim) ? String(claim) : undefined
  return text !== undefined && text !== '' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) ? text : undefined
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function token(compiled: CompiledHeader, request: OutboundRequest, demand: TokenDemand): HeaderPlan {
  const { name, rule, recipe } = compiled
  const subjectToken = demand.grant === 'token_exchange' ? request.callerToken : undefined
  if (demand.grant === 'token_exchange' && subjectToken === undefined)
    return { name, rule, refusal: noCallerToken(rule, 'exchanges the caller’s token') }
  const secret = clientSecretOf(demand)
  const source = { kind: 'outbound_header', rule, ...(secret === undefined ? {} : { secret }) } as const
  const value = { kind: 'token', prefix: recipe.prefix ?? '', demand, subjectToken } as const
  return injected(compiled, request, value, true, reasonOf(demand), source)
}

/** What a token is and where it comes from, for people. */
export function reasonOf({ grant }: TokenDemand): string {
  switch (grant) {
    case 'client_credentials':
      return 'a token that the gateway got as itself'
    case 'token_exchange':
      return 'a token that the caller’s own was exchanged for'
    case 'token_broker':
      return 'the caller’s token, from the token broker'
  }
}

export function noCallerToken(rule: string, what: string): PlanRefusal {
  return {
    code: 'no_caller_token',
    detail: `${rule} ${what}, and this caller proved itself without one.`,
    fix: 'Call with a JWT of a configured issuer, or take this rule out of the server’s configuration.',
  }
}
