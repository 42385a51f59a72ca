/** A token source over a vault in memory, and contexts to ask it with. */
import { GatewayError } from '../../contract/errors.js'
import type { Issuance } from '../../contract/issuance.js'
import type { ClientCredentials, TokenBroker, TokenExchange } from '../../contract/profile.js'
import type { TokenDemand } from '../../contract/token-demand.js'
import { createTokenSource, type TokenContext, type TokenSettings, type TokenSource } from '../token-source.js'

export interface TokenBench {
  readonly source: TokenSource
  /** What was written, oldest first. */
  readonly issuances: Issuance[]
  /** Values of secrets by name. */
  readonly secrets: Map<string, string>
  /** Names and destinations of secrets that were opened. */
  readonly opened: string[]
  /** Added to the clock. */
  skewMs: number
  context(changes?: Partial<TokenContext>): TokenContext
}

export function createTokenBench(settings: Partial<TokenSettings> = {}): TokenBench {
  const issuances: Issuance[] = []
  const secrets = new Map<string, string>()
  const opened: string[] = []
  const own = new Map<string, string>()
  const bench: TokenBench = {
    source: createTokenSource(
      { requestTimeoutMs: 2000, maxRetries: 0, ...settings },
      {
        issuances: {
          append: async (more) => void issuances.push(...more),
          get: async (id) => issuances.find((one) => one.id === id),
          list: async ({ server, client, limit = 50 }) => ({
            items: issuances
              .filter((one) => (server ?? one.server) === one.server && (client ?? one.clientId) === one.clientId)
              .toReversed()
              .slice(0, limit),
          }),
        },
        secrets: {
          open: async (name) => {
            const value = own.get(name)
            return value === undefined ? { outcome: 'missing' } : { outcome: 'value', value, generation: 1 }
          },
          put: async ({ name, value }) => {
            own.set(name, value)
            return { name, generation: 1, destinations: [], createdAt: '', updatedAt: '' }
          },
        },
      },
      { warn: () => undefined },
      () => Date.now() + bench.skewMs,
    ),
    issuances,
    secrets,
    opened,
    skewMs: 0,
    context: (changes) => ({
      slug: 'backend',
      serverUrl: 'http://127.0.0.1:1/mcp',
      configuredAt: '2026-01-01T00:00:00.000Z',
      caller: { id: 'key-1', subject: 'ada', method: 'api_key' },
      subjectToken: undefined,
      broker: undefined,
      requestId: 'request-1',
      traceId: 'trace-1',
      open: async (name, destination) => {
        opened.push(`${name} for ${destination}`)
        const value = secrets.get(name)
        if (value === undefined)
          throw new GatewayError('secret_missing', { detail: `The secret ${name} is not there.` })
        return { value, generation: value.length }
      },
      ...changes,
    }),
  }
  return bench
}

export function clientCredentials(client: ClientCredentials): TokenDemand {
  return { grant: 'client_credentials', rule: 'mcpServers.backend.app_auth', client }
}

export function tokenExchange(client: TokenExchange): TokenDemand {
  return { grant: 'token_exchange', rule: 'mcpServers.backend.app_auth', client }
}

export const tokenBroker: TokenDemand = { grant: 'token_broker', rule: 'mcpServers.backend.app_auth' }

export function brokerAt(adminUrl: string, more: TokenBroker = {}): TokenBroker {
  return { admin_url: adminUrl, ...more }
}
