/** Where browsers come to connect an account, and come back to. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { GatewayError } from '../contract/errors.js'
import { page, type Page } from '../browser-page.js'
import type { PipelinePorts } from '../pipeline/ports.js'

export function addAccountRoutes(app: FastifyInstance, { accounts, signIn, vaultState, logger }: PipelinePorts): void {
  const answer = async (reply: FastifyReply, make: () => Promise<Page>): Promise<void> => {
    const made = await (vaultState() === 'unlocked' ? make().catch(failed) : locked())
    await reply.code(made.status).headers(made.headers).send(made.body)
  }
  const failed = (error: unknown): Page => {
    if (error instanceof GatewayError && error.code === 'vault_locked') return locked()
    logger.error({ err: error }, 'an account could not be connected')
    return page(500, 'Gatehouse failed', ['The log says why. Try again.'])
  }
  app.get<{ Params: { slug: string } }>('/connect/:slug', (request, reply) =>
    answer(reply, () => accounts.openTicket(request.params.slug, queryOf(request.url).get('ticket') ?? '')),
  )
  app.get('/oauth/callback', (request, reply) =>
    answer(reply, async () => {
      const query = queryOf(request.url)
      return (await signIn.callback(query)) ?? accounts.callback(query)
    }),
  )
}

function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
}

function locked(): Page {
  return page(503, 'The vault of Gatehouse is locked', [
    'Unlock it, then ask your agent again: it will show a new link.',
  ])
}
