/**
 * The control port: the control API, its events, and the page. Loopback only. Whoever may speak to it holds every
 * power over the gateway, so that each request is checked in this order: Host and Origin, then the control token or a
 * browser's session, then the vault's state, then the input.
 */
import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import {
  apiPrefix,
  operationTable,
  type Operation,
  type OperationId,
  type OperationInput,
} from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { describeControlApi } from '../contract/openapi.js'
import { admit, ownHosts } from '../loopback/admit.js'
import { listenLoopback } from '../loopback/listen-loopback.js'
import { noSchemas } from '../loopback/no-schemas.js'
import { randomHex } from '../random-hex.js'
import { traceIdOf } from '../trace-context.js'
import { version } from '../version.js'
import type { ControlServices } from './control-services.js'
import { createEventStreams, type EventStreams } from './event-stream.js'
import type { Reply, RequestContext } from './handler.js'
import { createHandlers, type Handlers } from './handlers.js'
import { servePage } from './page.js'
import { gatewayErrorOf, problemOf, sendProblem } from './problem.js'
import { readInput } from './read-input.js'
import { createSessions, sessionCookie, type Sessions } from './sessions.js'

const maxBodyBytes = 16 * 1024 * 1024

const commonHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

export interface ControlPortOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** What a client presents as `Authorization: Bearer`. */
  readonly controlToken: string
  /** The folder of the built page. Left out, or where it is not there, no page is served. */
  readonly staticDir: string | undefined
  readonly services: ControlServices
  readonly logger: Logger
}

export interface SessionLink {
  readonly url: string
  /** RFC 3339, UTC. */
  readonly expiresAt: string
}

export interface ControlPort {
  readonly port: number
  /** `http://127.0.0.1:{port}` */
  readonly url: string
  /** A link that opens the page signed in, once, within 5 minutes. */
  createSessionLink(): SessionLink
  /** Stops accepting and ends event streams at once; what is in flight has `graceMs` to finish. */
  close(graceMs: number): Promise<void>
}

/** @throws NodeJS.ErrnoException `EADDRINUSE` where the port is taken in any loopback family */
export async function createControlPort(options: ControlPortOptions): Promise<ControlPort> {
  const sessions = createSessions(options.controlToken)
  let url = ''
  const createSessionLink = (): SessionLink => {
    const { link, expiresAt } = sessions.createLink()
    return { url: `${url}/session?link=${link}`, expiresAt: expiresAt.toISOString() }
  }
  const streams = createEventStreams(options.services.events, () => options.services.status(url))
  const app = await createApp(options, { sessions, streams, createSessionLink, controlUrl: () => url })
  let hosts: ReadonlySet<string> = new Set()
  const listener = await listenLoopback({
    port: options.port,
    onRequest: (request, response) => {
      const refusal = refusalOf(request, hosts)
      if (refusal === undefined) app.routing(request, response)
      else refuse(response, refusal)
    },
  }).catch(async (error: unknown) => {
    streams.close()
    await app.close()
    throw error
  })
  hosts = ownHosts(listener.port)
  url = `http://127.0.0.1:${listener.port}`
  return {
    port: listener.port,
    url,
    createSessionLink,
    close: async (graceMs) => {
      streams.close()
      await listener.close(graceMs)
      await app.close()
    },
  }
}

function refusalOf(request: IncomingMessage, hosts: ReadonlySet<string>): GatewayError | undefined {
  const admission = admit(request, { hosts, origins: new Set() })
  if (!admission.admitted) return new GatewayError('origin_refused', { detail: admission.reason })
  // A page on another port of this machine is the same site and has the session's cookie. Nothing but the port's own
  // page, and programs that are not browsers, may reach the API, not even by following a link.
  const site = request.headers['sec-fetch-site']
  if (request.url?.startsWith('/api/') && site !== undefined && site !== 'same-origin' && site !== 'none')
    return new GatewayError('origin_refused', { detail: 'The request comes from a page of another origin.' })
  return undefined
}

function refuse(response: ServerResponse, error: GatewayError): void {
  const problem = problemOf(error)
  response
    .writeHead(problem.status, { ...commonHeaders, 'content-type': 'application/problem+json', connection: 'close' })
    .end(JSON.stringify(problem))
}

interface PortParts {
  readonly sessions: Sessions
  readonly streams: EventStreams
  readonly createSessionLink: () => SessionLink
  readonly controlUrl: () => string
}

async function createApp(
  { services, staticDir, logger }: ControlPortOptions,
  parts: PortParts,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: false,
    schemaController: noSchemas,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  await app.register(cookie)
  app.addHook('onRequest', async (_request, reply) => void reply.headers(commonHeaders))
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, gatewayErrorOf(error, logger)))
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new GatewayError('not_found')))
  await app.register(
    async (api) => {
      api.addHook('onRequest', async (request) => requireCredential(request, parts.sessions))
      addOperations(api, services, parts, logger)
      // More than a handler for what is not found: else the page's files would answer here.
      api.all('/*', () => {
        throw new GatewayError('not_found', { fix: `GET ${apiPrefix}/openapi.json lists what there is.` })
      })
    },
    { prefix: apiPrefix },
  )
  await app.register(async (page) => servePage(page, parts.sessions, staticDir))
  await app.ready()
  return app
}

/** @throws GatewayError `unauthenticated` */
function requireCredential(request: FastifyRequest, sessions: Sessions): void {
  if (sessions.holdsToken(request.headers.authorization)) return
  // With a token that is wrong, a session does not help.
  if (request.headers.authorization === undefined && sessions.isOpen(request.cookies[sessionCookie])) return
  throw tokenMissing()
}

function tokenMissing(): GatewayError {
  return new GatewayError('unauthenticated', {
    fix: 'Send the control token of run.json in the data directory as Authorization: Bearer.',
  })
}

function addOperations(api: FastifyInstance, services: ControlServices, parts: PortParts, logger: Logger): void {
  const handlers = createHandlers(services)
  for (const id of Object.keys(handlers) as (keyof Handlers)[]) {
    const operation = operationTable[id]
    api.route({
      method: operation.method,
      url: routePathOf(operation),
      handler: (request, reply) => answer({ id, operation, services, parts, logger }, handlers, request, reply),
    })
  }
  api.get(operationTable.getOpenApi.path, (_request, reply) => reply.send(describeControlApi(version)))
  api.get(operationTable.getEvents.path, (request, reply) => {
    const { query } = readInput(operationTable.getEvents, request).input as OperationInput<'getEvents'>
    parts.streams.open(reply.raw, commonHeaders, query.filter)
    reply.hijack()
  })
}

function routePathOf(operation: Operation): string {
  return operation.path.replace(/\{(\w+)\}/g, ':$1')
}

interface Routed {
  readonly id: keyof Handlers
  readonly operation: Operation
  readonly services: ControlServices
  readonly parts: PortParts
  readonly logger: Logger
}

async function answer(
  { id, operation, services, parts, logger }: Routed,
  handlers: Handlers,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (operation.needsControlToken === true && !parts.sessions.holdsToken(request.headers.authorization))
    throw tokenMissing()
  if (operation.needsVault) requireOpenVault(services)
  const { input, file } = readInput(operation, request)
  const context: RequestContext = {
    ...(file !== undefined && { file }),
    prefers: (mediaType) => prefers(request.headers.accept, mediaType),
    createSessionLink: parts.createSessionLink,
    controlUrl: parts.controlUrl(),
    traceId: traceIdOf(request.headers['traceparent']) ?? randomHex(16),
  }
  // The table types each handler by its own row; which row this is, is known only at run time.
  const handle = handlers[id] as (input: unknown, context: RequestContext) => Promise<Reply<OperationId>>
  const result = await handle(input, context)
  if (operation.effect !== 'read') logger.info({ operation: id }, 'control operation')
  if (result === undefined) return reply.code(operation.statuses[0]).send()
  if ('chunks' in result)
    return reply
      .code(operation.statuses[0])
      .type(result.type)
      .send(Readable.from(result.chunks, { objectMode: false }))
  if ('bytes' in result) return reply.code(operation.statuses[0]).type(result.type).send(bodyOf(result.bytes))
  return reply.code(result.status ?? operation.statuses[0]).send(result.json)
}

function bodyOf(bytes: string | Uint8Array): string | Buffer {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes)
}

/** @throws GatewayError `vault_locked` */
function requireOpenVault({ vault }: ControlServices): void {
  if (vault.state === 'unlocked') return
  throw vault.state === 'locked'
    ? new GatewayError('vault_locked', { fix: 'Unlock it: `gatehouse unlock`, or the page.' })
    : new GatewayError('vault_locked', {
        detail: 'There is no vault yet.',
        fix: 'Choose a passphrase: `gatehouse unlock`, or the page.',
      })
}

/** Whether `Accept` puts a media type before JSON. @see [RFC 9110 §12.5.1](https://www.rfc-editor.org/rfc/rfc9110.html#section-12.5.1) */
function prefers(accept: string | undefined, mediaType: string): boolean {
  const qualities = new Map<string, number>()
  for (const range of (accept ?? '').split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1')
    qualities.set(name, Number.isNaN(quality) ? 0 : quality)
  }
  const wanted = qualities.get(mediaType) ?? 0
  const json = qualities.get('application/json') ?? 0
  if (wanted !== json) return wanted > json
  return wanted > 0 && [...qualities.keys()].indexOf(mediaType) < [...qualities.keys()].indexOf('application/json')
}
