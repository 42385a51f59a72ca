/** The data port: what agents call. Its routes are listed here; everything about MCP is the pipeline's. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { errorTable, GatewayError } from '../contract/errors.js'
import type { MetricFamily } from '../contract/metric-family.js'
import { answerDemo, demoPath } from '../demo-server/answer-demo.js'
import { admit, ownHosts, type AdmissionRules } from '../loopback/admit.js'
import { noSchemas } from '../loopback/no-schemas.js'
import { listenLoopback, namesOfHost, type LoopbackListener } from '../loopback/listen-loopback.js'
import { handleMerged } from '../pipeline/handle-merged.js'
import { handleRequest } from '../pipeline/handle-request.js'
import type { PipelinePorts } from '../pipeline/ports.js'
import { addAccountRoutes } from './account-routes.js'
import { addSignInRoutes } from './sign-in-routes.js'
import { baseUrlOf } from './base-url.js'
import { addKeyRoutes } from './key-routes.js'
import { receive } from './receive.js'
import { answerPreflight, allowOrigin } from './cross-origin.js'
import { renderMetrics } from './metrics.js'
import { readResourceMetadata, type ResourceMetadataReader } from './resource-metadata.js'

export interface DataPortOptions {
  readonly port: number
  readonly host: string | undefined
  readonly allowOrigins: readonly string[]
  readonly pipeline: PipelinePorts
  readonly metrics: () => Promise<readonly MetricFamily[]>
  readonly resourceMetadata: ResourceMetadataReader
}

export interface DataPort {
  readonly port: number
  close(graceMs: number): Promise<void>
}

export async function createDataPort(options: DataPortOptions): Promise<DataPort> {
  const streams = new Set<ServerResponse>()
  const app = createApp(options, streams)
  await app.ready()
  let rules: AdmissionRules = { hosts: new Set(), origins: new Set(options.allowOrigins) }
  const onRequest: RequestListener = (request, response) => admitTo(app, rules, request, response)
  const listener: LoopbackListener = await listenLoopback({ port: options.port, host: options.host, onRequest })
  rules = { ...rules, hosts: ownHosts(listener.port, ...namesOfHost(options.host)) }
  return {
    port: listener.port,
    close: async (graceMs) => {
      // A GET stream is open for as long as its agent is; only calls are worth waiting for.
      const closed = listener.close(graceMs)
      for (const stream of streams) stream.destroy()
      await closed
      await app.close()
    },
  }
}

function admitTo(
  app: FastifyInstance,
  rules: AdmissionRules,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const admission = admit(request, rules)
  if (!admission.admitted) {
    refuse(
      response,
      new GatewayError('origin_refused', {
        detail: admission.reason,
        fix: 'Call 127.0.0.1 directly; `serve --allow-origin URL` lets a page in.',
      }),
    )
    return
  }
  if (admission.crossOrigin !== undefined) {
    allowOrigin(response, admission.crossOrigin)
    if (request.method === 'OPTIONS') {
      answerPreflight(response)
      return
    }
  }
  app.routing(request, response)
}

function createApp(options: DataPortOptions, streams: Set<ServerResponse>): FastifyInstance {
  const app = Fastify({ logger: false, exposeHeadRoutes: false, schemaController: noSchemas })
  // Bodies stay unread: the pipeline takes them as bytes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  addCallRoutes(app, options.pipeline, streams)
  addResourceMetadataRoutes(app, options)
  addAccountRoutes(app, options.pipeline)
  addKeyRoutes(app, options.pipeline)
  addSignInRoutes(app, options.pipeline)
  addStatusRoutes(app, options)
  app.all(demoPath, (request, reply) => {
    reply.hijack()
    void answerDemo(request.raw, reply.raw)
  })
  app.setNotFoundHandler((_request, reply) => {
    reply.hijack()
    refuse(
      reply.raw,
      new GatewayError('not_found', { fix: 'Agents call /mcp/{server}; `gatehouse servers list` names the servers.' }),
    )
  })
  return app
}

/** The calls of agents, of every method: the pipeline decides which it takes. */
function addCallRoutes(app: FastifyInstance, pipeline: PipelinePorts, streams: Set<ServerResponse>): void {
  const track = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== 'GET') return
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  app.all<{ Params: { slug: string } }>('/mcp/:slug', (request, reply) => {
    reply.hijack()
    track(request.raw, reply.raw)
    void serve(request.raw, reply.raw, request.params.slug, undefined, pipeline)
  })
  app.all<{ Params: { slug: string; agent: string } }>('/agents/:agent/mcp/:slug', (request, reply) => {
    reply.hijack()
    track(request.raw, reply.raw)
    void serve(request.raw, reply.raw, request.params.slug, request.params.agent, pipeline)
  })
  app.all('/mcp', (request, reply) => {
    reply.hijack()
    track(request.raw, reply.raw)
    void serve(request.raw, reply.raw, '', undefined, pipeline)
  })
  app.all<{ Params: { agent: string } }>('/agents/:agent/mcp', (request, reply) => {
    reply.hijack()
    track(request.raw, reply.raw)
    void serve(request.raw, reply.raw, '', request.params.agent, pipeline)
  })
}

/** Where an agent learns where to sign in: below the server's URL, and where RFC 9728 §3.1 says. */
function addResourceMetadataRoutes(app: FastifyInstance, { pipeline, resourceMetadata }: DataPortOptions): void {
  for (const path of [
    '/mcp/:slug/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp/:slug',
    '/mcp/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
  ])
    app.get<{ Params: { slug?: string } }>(path, async (request, reply) => {
      const { slug = '' } = request.params
      const { status, body } = await readResourceMetadata(
        slug,
        baseUrlOf(request.raw.headers.host),
        pipeline,
        resourceMetadata,
      )
      return reply.code(status).header('cache-control', 'no-store').send(body)
    })
}

/** What supervisors and monitoring ask. */
function addStatusRoutes(app: FastifyInstance, { pipeline, metrics }: DataPortOptions): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const vault = pipeline.vaultState()
    const paused = pipeline.gate.isPaused
    const isReady = vault === 'unlocked' && !paused
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', vault, paused })
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(renderMetrics(await metrics())),
  )
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  /** Empty for all servers as one. */
  slug: string,
  agent: string | undefined,
  pipeline: PipelinePorts,
): Promise<void> {
  try {
    const arrived = await receive(request, { slug, agent, baseUrl: baseUrlOf(request.headers.host) })
    await (slug === '' ? handleMerged : handleRequest)(arrived, response, pipeline)
  } catch (error) {
    refuse(response, error instanceof GatewayError ? error : new GatewayError('internal', { cause: error }))
  }
}

/** Answers what is refused before there is a message that could have an id. */
function refuse(response: ServerResponse, error: GatewayError): void {
  if (response.headersSent || response.destroyed) return
  const { httpStatus, jsonRpcCode, title } = errorTable[error.code]
  const data = { code: error.code, ...(error.detail && { detail: error.detail }), ...(error.fix && { fix: error.fix }) }
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  if (error.code === 'method_not_allowed') headers['allow'] = 'GET, POST, DELETE'
  response
    .writeHead(httpStatus, headers)
    .end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: jsonRpcCode, message: title, data } }))
}
