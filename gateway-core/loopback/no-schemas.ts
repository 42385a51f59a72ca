/** For Fastify: no route declares a JSON Schema, as input is checked by the contract's own, so no compiler is loaded. */
import type { FastifyServerOptions } from 'fastify'

const unexpected = (): never => {
  throw new TypeError('no route of the gateway has a JSON Schema')
}

export const noSchemas: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: unexpected, buildSerializer: unexpected },
}
