/** Part of obtaining credentials: the tokens that the gateway gets without a person. */
import type { PendingValue } from '../credentials/planned.js'
import { tooFewScopes } from '../oauth/oauth-failure.js'
import type { TokenContext, TokenSource } from '../oauth/token-source.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { RenewHeaders, WidenHeaders } from '../servers/transport.js'
import { openSecret } from './open-secret.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { Planned } from './stages.js'

export type PendingToken = Extract<PendingValue, { kind: 'token' }>

export interface ObtainedTokens {
  /** Values of headers, by their place in the plan. */
  readonly values: ReadonlyMap<number, string>
  readonly renew: RenewHeaders
  /** Undefined where app auth is not by client credentials. */
  readonly widen: WidenHeaders | undefined
}

/** Where a token is noted once it is there. Not the whole recording, which would be kept for as long as it can be renewed. */
type Notes = Pick<Recording, 'obtained' | 'issuanceIds' | 'sensitiveValues'>

interface Place {
  readonly index: number
  readonly name: string
  readonly pending: PendingToken
}

/**
 * @returns undefined where the plan has no token in it
 * @throws GatewayError as `TokenSource.obtain`
 */
export async function obtainTokens(
  planned: Planned,
  ports: PipelinePorts,
  recording: Recording,
): Promise<ObtainedTokens | undefined> {
  const places: Place[] = []
  for (const [index, { name, value }] of planned.plan.headers.entries())
    if (typeof value !== 'string' && value.kind === 'token') places.push({ index, name, pending: value })
  if (places.length === 0) return undefined
  const { tokenSource } = ports
  const context = tokenContext(planned.server, planned, ports)
  const { obtained, issuanceIds, sensitiveValues } = recording
  const notes: Notes = { obtained, issuanceIds, sensitiveValues }
  const sent = await obtainAll(places, tokenSource, context, notes)
  return {
    values: new Map(places.map(({ index, pending }) => [index, pending.prefix + (sent.get(index) ?? '')])),
    renew: renewOnce(places, sent, tokenSource, context, notes),
    widen: widenOnce(places, tokenSource, context, notes),
  }
}

/** @returns tokens by their place in the plan */
async function obtainAll(
  places: readonly Place[],
  tokenSource: TokenSource,
  context: ContextFor,
  notes: Notes,
): Promise<ReadonlyMap<number, string>> {
  const tokens = new Map<number, string>()
  for (const { index, pending } of places) {
    const { value, issuanceId } = await tokenSource.obtain(pending.demand, context(pending))
    notes.sensitiveValues.push(value)
    notes.obtained[index] = pending.prefix + value
    notes.issuanceIds[index] = issuanceId
    tokens.set(index, value)
  }
  return tokens
}

/** Drops the tokens that the server refused and gets new ones: once, however often it is asked. */
function renewOnce(
  places: readonly Place[],
  sent: ReadonlyMap<number, string>,
  tokenSource: TokenSource,
  context: ContextFor,
  notes: Notes,
): RenewHeaders {
  let renewed: Promise<ReadonlyMap<string, string>> | undefined
  const renew = async (): Promise<ReadonlyMap<string, string>> => {
    for (const { index, pending } of places)
      await tokenSource.refused(pending.demand, context(pending), sent.get(index) ?? '')
    const tokens = await obtainAll(places, tokenSource, context, notes)
    return new Map(places.map(({ index, name, pending }) => [name, pending.prefix + (tokens.get(index) ?? '')]))
  }
  return () => (renewed ??= renew())
}

/** A server's `insufficient_scope` is about the token of app auth. */
function widenOnce(
  places: readonly Place[],
  tokenSource: TokenSource,
  context: ContextFor,
  notes: Notes,
): WidenHeaders | undefined {
  const place = places.find(
    ({ pending }) => pending.demand.grant === 'client_credentials' && pending.demand.rule.endsWith('.app_auth'),
  )
  if (place === undefined) return undefined
  const { index, name, pending } = place
  const { demand } = pending
  const sent = new Set(tokenSource.scopes(demand, context(pending)))
  return {
    ask: async (scopes) => {
      if (scopes.every((scope) => sent.has(scope))) throw tooFewScopes(scopes, 'it was asked for with just that.')
      const { value, issuanceId } = await tokenSource.widen(demand, context(pending), scopes)
      notes.sensitiveValues.push(value)
      notes.obtained[index] = pending.prefix + value
      notes.issuanceIds[index] = issuanceId
      return new Map([[name, pending.prefix + value]])
    },
    wasInVain: () => tokenSource.narrow(demand, context(pending)),
  }
}

type ContextFor = (pending: PendingToken) => TokenContext

type Asker = Pick<Planned, 'caller' | 'requestId' | 'traceId'>

/** For whom a token of this server is wanted. */
export function tokenContext(
  server: RegisteredServer,
  { caller, requestId, traceId }: Asker,
  { secrets }: Pick<PipelinePorts, 'secrets'>,
): ContextFor {
  return ({ subjectToken }) => ({
    slug: server.slug,
    serverUrl: server.plan.url,
    configuredAt: server.updatedAt,
    caller,
    subjectToken,
    broker: server.broker,
    requestId,
    traceId,
    open: (secret, destination) => openSecret(secrets, secret, undefined, destination),
  })
}
