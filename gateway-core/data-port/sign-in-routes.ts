/** The gateway's own authorization server, and the pages on which people let agents in. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { page, type Page } from '../browser-page.js'
import { GatewayError } from '../contract/errors.js'
import type { PipelinePorts } from '../pipeline/ports.js'
import { baseUrlOf } from './base-url.js'

const metadataNames = ['oauth-authorization-server', 'openid-configuration']

export function addSignInRoutes(app: FastifyInstance, ports: PipelinePorts): void {
  addMetadataRoutes(app, ports)
  for (const path of ['/oauth/authorize', '/oauth/authorize/:uid', '/oauth/token', '/oauth/register', '/oauth/revoke'])
    app.all(path, (request, reply) => pass(request, reply, ports))
  addConsentRoutes(app, ports)
}

/**
 * RFC 8414, only while there is a server that agents sign in to: some drop their key as soon as something answers here. The
 * path of a server is inserted by agents that take it for an issuer.
 */
function addMetadataRoutes(app: FastifyInstance, ports: PipelinePorts): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, slug: string | undefined): unknown => {
    const { signIn, registry, vaultState } = ports
    const servers = [...(registry.snapshot?.servers.keys() ?? [])]
    const isThere = slug === undefined ? servers.some((one) => signIn.isInteractive(one)) : signIn.isInteractive(slug)
    if (!isThere && vaultState() === 'unlocked')
      return reply.code(404).send({ error: 'not_found', error_description: 'No server here has agents sign in.' })
    request.raw.url = '/.well-known/oauth-authorization-server'
    return pass(request, reply, ports)
  }
  for (const name of metadataNames) {
    app.get(`/.well-known/${name}`, (request, reply) => answer(request, reply, undefined))
    app.get(`/.well-known/${name}/mcp`, (request, reply) => answer(request, reply, ''))
    for (const path of [`/.well-known/${name}/mcp/:slug`, `/mcp/:slug/.well-known/${name}`])
      app.get<{ Params: { slug: string } }>(path, (request, reply) => answer(request, reply, request.params.slug))
  }
}

async function pass(
  { raw: request }: FastifyRequest,
  reply: FastifyReply,
  { signIn, vaultState, logger }: PipelinePorts,
): Promise<unknown> {
  if (vaultState() !== 'unlocked') return reply.code(503).header('retry-after', '5').send(lockedBody)
  reply.hijack()
  try {
    await signIn.handle(request, reply.raw, baseUrlOf(request.headers.host))
  } catch (error) {
    const isLocked = isVaultLocked(error)
    if (!isLocked) logger.error({ err: error }, 'the authorization server failed')
    if (reply.raw.headersSent || reply.raw.destroyed) reply.raw.destroy()
    else
      reply.raw
        .writeHead(isLocked ? 503 : 500, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(isLocked ? lockedBody : { error: 'server_error' }))
  }
  return undefined
}

const lockedBody = {
  error: 'temporarily_unavailable',
  error_description: 'The vault of Gatehouse is locked. Unlock it in Gatehouse, and try again.',
}

type Step = 'showConsent' | 'decide' | 'comeBack'
type LeavingStep = 'showSignOut' | 'signOut'

function addConsentRoutes(app: FastifyInstance, { signIn, vaultState, logger }: PipelinePorts): void {
  const failed = (error: unknown): Page => {
    if (isVaultLocked(error)) return locked()
    if (error instanceof GatewayError)
      return page(502, 'You cannot be signed in just now', [
        error.message,
        ...(error.fix === undefined ? [] : [error.fix]),
      ])
    logger.error({ err: error }, 'a page of signing in failed')
    return page(500, 'Gatehouse failed', ['The log says why. Start again from your agent.'])
  }
  const send = async (reply: FastifyReply, make: () => Promise<Page>): Promise<FastifyReply> => {
    const made = vaultState() === 'unlocked' ? await make().catch(failed) : locked()
    return reply.code(made.status).headers(made.headers).send(made.body)
  }
  const answer = (step: Step) => (request: FastifyRequest<{ Params: { uid: string } }>, reply: FastifyReply) =>
    send(reply, () => signIn[step](request.raw, reply.raw, baseUrlOf(request.headers.host), request.params.uid))
  const leave = (step: LeavingStep) => (request: FastifyRequest, reply: FastifyReply) =>
    send(reply, () => signIn[step](request.raw, reply.raw, baseUrlOf(request.headers.host)))
  app.get('/oauth/consent/:uid', answer('showConsent'))
  app.post('/oauth/consent/:uid', answer('decide'))
  app.get('/oauth/consent/:uid/return', answer('comeBack'))
  app.get('/oauth/sign-out', leave('showSignOut'))
  app.post('/oauth/sign-out', leave('signOut'))
}

function isVaultLocked(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'vault_locked'
}

function locked(): Page {
  return page(503, 'The vault of Gatehouse is locked', ['Unlock it, then start again from your agent.'])
}
