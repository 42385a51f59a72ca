/** Servers, callers and requests by chance, all of which follow from one seed. */
import { postSecret, type MachineProvider } from '../../gateway-core/oauth/test/machine-provider.js'
import { backendResource } from './machine-team.js'

/** Numbers from 0 up to 1, always the same ones for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export class Chance {
  constructor(private readonly next: () => number) {}

  /** @param share of the times that it is true */
  is(share: number): boolean {
    return this.next() < share
  }

  one<T>(of: readonly T[]): T {
    const found = of[Math.floor(this.next() * of.length)]
    if (found === undefined) throw new Error('nothing to choose from')
    return found
  }

  some<T>(of: readonly T[], share: number): T[] {
    return of.filter(() => this.is(share))
  }
}

export interface Surroundings {
  readonly provider: MachineProvider
  /** Where a server is, by its number. */
  urlOf(number: number): string
  /** A client that is registered at a provider whose accounts have been typed in. */
  readonly account: object
}

/** Secrets that the configurations below name, by subject where they are a user's. */
export const randomSecrets: readonly (readonly [name: string, value: string, subject?: string])[] = [
  ['r-client', postSecret],
  ['r-admin', 'random-admin-value-0006'],
  ['r-key', 'random-key-value-0001'],
  ['r-short', 'short-12'],
  ['r-token', 'random-token-value-0002'],
  ['r-own', 'own-value-of-ada-0003', 'ada'],
  ['r-own', 'own-value-of-user-0004', 'user-9'],
  ['r-org', 'organization-value-0005'],
]

function clientOf({ provider }: Surroundings): object {
  return {
    token_url: provider.tokenUrl,
    client_id: 'gateway',
    client_secret: { secret: 'r-client' },
    client_auth: 'client_secret_post',
  }
}

function randomAppAuth(chance: Chance, around: Surroundings): Record<string, unknown> {
  const key = { secret: chance.one(['r-key', 'r-short', 'r-token']) }
  const kinds: readonly (() => Record<string, unknown>)[] = [
    () => ({ type: 'none' }),
    () => ({ type: 'passthrough' }),
    () => ({ type: 'bearer', token: key }),
    () => ({ type: 'basic', username: chance.one(['ada', 'bob']), password: key }),
    () => ({ type: 'api_key', name: chance.one(['DD-API-KEY', 'X-Tenant']), in: 'header', value: key }),
    () => ({ type: 'api_key', name: 'api_key', in: 'query', value: key }),
    () => ({
      type: 'oauth2_client_credentials',
      ...clientOf(around),
      resource: backendResource,
      scopes: ['internal/write'],
      cache: chance.is(0.5),
    }),
    () => ({ type: 'token_exchange', ...clientOf(around), audience: 'https://other.example' }),
    () => ({ type: 'token_broker' }),
  ]
  return chance.one(kinds)()
}

function randomOutboundHeaders(chance: Chance, around: Surroundings): readonly object[] {
  const prefix = chance.is(0.5) ? { prefix: chance.one(['Bearer ', 'Key ', 'mailto:']) } : {}
  return chance
    .some<Record<string, unknown>>(
      [
        { type: 'custom', header: 'X-Tenant-Id', value: 'tenant text', ...prefix },
        { type: 'custom', header: 'X-Other', value: { secret: 'r-short' }, ...prefix },
        { type: 'caller_identity', header: 'X-Caller', claim: 'sub', ...prefix },
        { type: 'caller_identity', header: 'X-Caller-Email', claim: 'email', ...prefix },
        { type: 'caller_identity', header: 'X-Team', claim: 'team', required: chance.is(0.1) },
        { type: 'stored_credential', header: 'X-Org', secret: 'r-org', scope: 'organization', ...prefix },
        { type: 'stored_credential', header: 'X-Own', secret: 'r-own', scope: 'user' },
        { type: 'caller_token', header: 'X-Original-Token', ...prefix },
        { type: 'client_credentials_token', header: 'X-Service', ...clientOf(around), resource: backendResource },
        { type: 'token_exchange', header: 'X-On-Behalf-Of', ...clientOf(around), audience: 'https://far.example' },
      ],
      0.18,
    )
    .map((header) => header)
}

/** A server as a profile has it. */
export function randomServer(chance: Chance, around: Surroundings, number: number): object {
  const byTool = chance.is(0.25) ? { tools: { purge: { app_auth: randomAppAuth(chance, around) } } } : {}
  const own = chance.is(0.1) ? around.account : randomAppAuth(chance, around)
  return {
    url: around.urlOf(number),
    app_auth: own,
    restricted_inbound_headers: chance.some(['x-internal-*', 'X-Exact', 'x-t*', '*-trace'], 0.3),
    outbound_headers: randomOutboundHeaders(chance, around),
    ...(chance.is(0.4) ? { connection: chance.one(['shared', 'per_caller', 'per_request']) } : {}),
    ...(chance.is(0.1) ? { agent_auth: { type: 'passthrough' } } : {}),
    ...byTool,
  }
}

/** What an agent sends beside MCP's own headers. */
export function randomHeaders(chance: Chance, key: string): Record<string, string> {
  const all: Record<string, string> = {
    cookie: 'a=b',
    'user-agent': 'somebody/1',
    'accept-language': 'de',
    'x-internal-a': 'kept here',
    'x-exact': '1',
    'x-tenant': 'mine',
    'X-Tenant-Id': 'mine',
    'x-other': 'goes on, or not',
    'x-caller': 'root',
    'x-custom-trace': 'abc',
    'dd-api-key': 'an-agents-own-key-0001',
    'x-secret-thing': 'a value of an agent 0002',
    'x-forwarded-for': '10.0.0.1',
    'sec-fetch-mode': 'cors',
    via: '1.1 proxy',
    te: 'trailers',
    'x-nominated': 'named',
    connection: 'x-nominated',
    'x-echo': `the key is ${key}`,
    'mcp-param-region': 'eu',
    tracestate: 'vendor=1',
    baggage: 'tenant=7',
    'x-request-id': chance.one(['random-1', 'not valid!', 'x'.repeat(129)]),
    traceparent: chance.one(['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'nonsense']),
  }
  return Object.fromEntries(chance.some(Object.entries(all), 0.3))
}
