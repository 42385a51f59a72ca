/** Part of the composition root: signing agents in, over the vault, the registry and the team's identity provider. */
import type { Logger } from 'pino'
import type { GatewayEvents } from './events.js'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import { createEndpointDiscovery } from './oauth/discover-endpoint.js'
import type { IssuanceLog } from './oauth/issuance-log.js'
import { createOAuthHttp, type OAuthHttpSettings } from './oauth/oauth-http.js'
import { OpenIdProvider } from './oauth/single-sign-on/openid-provider.js'
import type { SecretSource } from './pipeline/ports.js'
import { openSecret } from './pipeline/open-secret.js'
import { randomHex } from './random-hex.js'
import type { RegisteredServer, Registry } from './registry/registry.js'
import { GatewaySignIn, type SignIn } from './sign-in/sign-in.js'
import type { BegunSignIn, Grant, OfferedServer, RefusedRequest } from './sign-in/sign-in-ports.js'
import type { Vault } from './vault/vault.js'

/** A browser waits for it. */
const documentTimeoutMs = 5_000

export interface SignInSurroundings {
  readonly vault: Vault
  readonly registry: Registry
  readonly events: GatewayEvents
  readonly secrets: SecretSource
  readonly settings: OAuthHttpSettings
  /** Origins that a person let in; their documents may be at private addresses. */
  readonly allowOrigins: readonly string[]
  readonly issuances: Pick<IssuanceLog, 'note'>
  readonly logger: Logger
  record(exchange: CapturedExchange): void
  /** What came with a token of this grant is answered no further. */
  grantRemoved(id: string): void
}

export interface AssembledSignIn {
  readonly signIn: SignIn
  /** The data port has been bound. */
  listening(port: number): void
  close(): Promise<void>
}

export function assembleSignIn(around: SignInSurroundings): AssembledSignIn {
  const { vault, registry, events, secrets, settings, issuances, logger, record, allowOrigins, grantRemoved } = around
  let dataPort = 0
  const http = createOAuthHttp({ ...settings, maxRetries: 0 })
  const documents = createOAuthHttp({ requestTimeoutMs: documentTimeoutMs, maxRetries: 0 })
  const identityProvider = new OpenIdProvider<BegunSignIn>({
    settings: () => registry.snapshot?.singleSignOn?.provider,
    redirectUri: () =>
      `http://${registry.snapshot?.singleSignOn?.callbackHost ?? '127.0.0.1'}:${dataPort}/oauth/callback`,
    http,
    discovery: createEndpointDiscovery(http),
    secret: async (name, destination) => (await openSecret(secrets, name, undefined, destination)).value,
    nowMs: Date.now,
  })
  const signIn = new GatewaySignIn({
    store: vault.signIn,
    secrets: vault.secrets,
    identityProvider,
    offered: () => [...(registry.snapshot?.servers.values() ?? [])].flatMap(offeredOf),
    fetchDocument: async (url) => {
      const reach = allowOrigins.includes(new URL(url).origin) ? 'near' : 'public'
      const { status, headers, body } = await documents.send(url, {
        method: 'GET',
        headers: { accept: 'application/json' },
        reach,
      })
      return new Response(new Uint8Array(body), { status, headers: { ...headers } })
    },
    issued: (issuance) => issuances.note(issuance),
    refused: (request) => record(exchangeOf(request)),
    changed: (grant, what) => {
      if (what === 'removed') grantRemoved(grant.id)
      events.emit({ event: 'grant', data: { ...summaryOf(grant), status: what } })
    },
    logger,
    nowMs: Date.now,
  })
  const stops = [
    vault.onStateChange((state) => {
      if (state !== 'unlocked') signIn.forget()
    }),
    followServers(signIn, around),
    registry.onOutsideChange(() => signIn.lookAgain()),
  ]
  return {
    signIn,
    listening: (port) => {
      dataPort = port
      signIn.listening(port)
    },
    close: async () => {
      for (const stop of stops) stop()
      await Promise.all([http.close(), documents.close()])
    },
  }
}

/**
 * What was allowed at a server ends with it: whoever registers another one by the same name was not meant. A start is a
 * look, too: the process may have ended between the removal and this.
 *
 * @returns the function that ends it
 */
function followServers(signIn: SignIn, { registry, vault, logger }: SignInSurroundings): () => void {
  let before: ReadonlySet<string> | undefined
  return registry.onChange(() => {
    const servers = registry.snapshot?.servers
    if (servers === undefined) return
    const there = new Set(servers.keys())
    const removed = before && new Set([...before].filter((slug) => !there.has(slug)))
    before = there
    if (removed?.size === 0) return
    // By what is known at this moment: another one of the name may come before this is done.
    const isThere = (slug: string): boolean => (removed === undefined ? there.has(slug) : !removed.has(slug))
    signIn.keepServers(isThere).catch((error: unknown) => {
      if (vault.state === 'unlocked') logger.warn({ err: error }, 'what was allowed at a removed server was not ended')
    })
  })
}

/** A server that takes the agent's own credential is none that the gateway could let an agent use. */
function offeredOf({ slug, resolved }: RegisteredServer): readonly OfferedServer[] {
  const { agentAuth, appAuth, config } = resolved
  if (agentAuth.type === 'passthrough') return []
  const isPassthrough = appAuth.type === 'passthrough'
  const isInteractive = agentAuth.type === 'interactive' && !isPassthrough
  return [{ slug, description: config.description, isInteractive, isMember: !isPassthrough }]
}

function summaryOf({ id, clientName, subject }: Grant): { id: string; clientName: string; subject: string } {
  return { id, clientName, subject }
}

/** Requests to the authorization server hold codes and tokens, so that only what is told of them is kept. */
function exchangeOf({ httpMethod, path, parameters, status, error, description }: RefusedRequest): CapturedExchange {
  const body = { error, ...(description === undefined ? {} : { error_description: description }) }
  return {
    lane: 'mcp',
    requestId: `oauth_${randomHex(8)}`,
    causedBy: undefined,
    replayOf: undefined,
    traceId: randomHex(16),
    startedAtMs: Date.now(),
    timings: {
      ...{ callerMs: 0, shieldMs: 0, credentialMs: 0, connectMs: 0, tlsMs: 0 },
      ...{ firstByteMs: 0, streamMs: 0, totalMs: 0 },
    },
    caller: null,
    agent: typeof parameters['client_id'] === 'string' ? parameters['client_id'].slice(0, 200) : undefined,
    server: null,
    method: null,
    tool: null,
    verdict: { decision: 'allow', policies: [], durationMs: 0 },
    errorCode: 'unauthenticated',
    problems: [],
    issuanceId: undefined,
    httpMethod,
    path,
    url: undefined,
    query: undefined,
    inbound: {},
    outbound: [],
    obtained: [],
    fingerprints: [],
    stripped: [],
    requestBody: Buffer.from(JSON.stringify(parameters)),
    status,
    responseHeaders: { 'content-type': 'application/json' },
    responseChunks: [Buffer.from(JSON.stringify(body))],
    responseTruncated: false,
    chunkTimesMs: undefined,
    sensitiveValues: [],
  }
}
