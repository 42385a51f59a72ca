/** For Fastify: no route declares a JSON Schema, as input is checked by the contract's own, so no compiler is loaded. */
const unexpected = (): never => {
  throw new TypeError('no route of the gateway has a JSON Schema')
}

/** What Fastify calls `schemaController`. */
export const noSchemas = { compilersFactory: { buildValidator: unexpected, buildSerializer: unexpected } }
