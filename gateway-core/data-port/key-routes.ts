/** The gateway's public keys, as a JWK Set (RFC 7517 §5): tokens of agents are signed with those
 * with `use: sig`, token brokers encrypt for those with `use: enc`. */
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../contract/errors.js'
import type { PipelinePorts } from '../pipeline/ports.js'

export function addKeyRoutes(app: FastifyInstance, { tokenSource, signIn, logger }: PipelinePorts): void {
  app.get('/oauth/jwks', async (_request, reply) => {
    try {
      const [{ keys }, signing] = await Promise.all([tokenSource.publicKeys(), signIn.publicKeys()])
      return await reply.header('cache-control', 'public, max-age=300').send({ keys: [...signing, ...keys] })
    } catch (error) {
      const isLocked = error instanceof GatewayError && error.code === 'vault_locked'
      if (!isLocked) logger.error({ err: error }, 'the gateway’s keys could not be read')
      const description = isLocked ? 'The vault of Gatehouse is locked.' : 'Gatehouse failed.'
      return reply
        .code(isLocked ? 503 : 500)
        .header('cache-control', 'no-store')
        .send({ error: isLocked ? 'vault_locked' : 'internal', error_description: description })
    }
  })
}
