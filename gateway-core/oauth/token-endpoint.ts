/** Where a client gets its token, and which resource it is for. */
import type { ClientCredentials, TokenExchange } from '../contract/profile.js'
import type { EndpointDiscovery } from './discover-endpoint.js'
import type { IssuanceLog } from './issuance-log.js'
import { tokenFailure } from './oauth-failure.js'
import type { Cause } from './observed-request.js'
import type { Reach } from './private-address.js'

export interface TokenEndpoint {
  readonly issuer: string
  /** Whether somebody said what the issuer is called. Otherwise the token endpoint stands for it. */
  readonly isNamed: boolean
  readonly tokenEndpoint: string
  readonly reach: Reach
  /** What the server calls itself, where it was asked. */
  readonly resource: string | undefined
}

export interface AskingServer {
  readonly slug: string
  readonly serverUrl: string
  /** RFC 3339; when its configuration last changed. */
  readonly configuredAt: string
  /** The request of an agent that asks. */
  readonly cause?: Cause
}

export type TokenClient = ClientCredentials | TokenExchange

export interface TokenEndpoints {
  /** @throws GatewayError `token_endpoint_failed` */
  find(client: TokenClient, server: AskingServer): Promise<TokenEndpoint>
  forgetServer(slug: string): void
}

export function createTokenEndpoints(discovery: EndpointDiscovery, log: Pick<IssuanceLog, 'list'>): TokenEndpoints {
  /** Issuers that got a client's secret, by server and client. */
  const trusted = new Map<string, string>()

  /**
   * A client's secret is for one authorization server: the first that its server names. One that is named later does not
   * get the secret before a person has said so.
   */
  const trust = async (issuer: string, clientId: string, server: AskingServer): Promise<void> => {
    const key = `${server.slug} ${clientId}`
    const before = trusted.get(key) ?? (await lastIssuer(clientId, server, log)) ?? issuer
    if (before !== issuer)
      throw tokenFailure(
        `The server now names ${issuer} as its authorization server, and named ${before} before.`,
        `If that is right, set issuer: ${issuer} in the server’s configuration.`,
      )
    trusted.set(key, issuer)
  }

  return {
    find: async (client, server) => {
      const named = 'issuer' in client ? client.issuer : undefined
      const { token_url: typed } = client
      if (typed !== undefined)
        return {
          issuer: named ?? typed,
          isNamed: named !== undefined,
          tokenEndpoint: typed,
          reach: 'typed',
          resource: undefined,
        }
      const found = await discovery.find(server.serverUrl, named, server.cause)
      if (named === undefined) await trust(found.issuer, client.client_id ?? '', server)
      return { ...found, isNamed: true }
    },
    forgetServer: (slug) => {
      discovery.forget()
      for (const key of trusted.keys()) if (key.startsWith(`${slug} `)) trusted.delete(key)
    },
  }
}

/** Of the tokens that were issued since a person last changed the server. */
async function lastIssuer(
  client: string,
  { slug, configuredAt }: AskingServer,
  log: Pick<IssuanceLog, 'list'>,
): Promise<string | undefined> {
  const { items } = await log.list({ server: slug, client, limit: 1 })
  const [last] = items
  return last !== undefined && last.issuedAt > configuredAt ? last.issuer : undefined
}

/** RFC 8707 §2: always said, unless the configuration says otherwise or names an audience instead. */
export function resourceFor(
  { resource, audience }: TokenClient,
  serverUrl: string,
  discovered: string | undefined,
): string | undefined {
  if (resource === false) return undefined
  if (resource !== undefined) return resource
  return audience === undefined ? (discovered ?? canonicalResource(serverUrl)) : undefined
}

/** MCP 2026-07-28, basic/authorization: without fragment, and preferably without a slash at the end. */
function canonicalResource(serverUrl: string): string {
  const { origin, pathname, search } = new URL(serverUrl)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}
