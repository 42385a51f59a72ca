/**
 * The page's one door to the control API. What is below `generated/` is made from the gateway's OpenAPI document by the
 * build; everything else imports it through here.
 */
export * from './generated/@tanstack/react-query.gen.js'
export * as api from './generated/sdk.gen.js'
export type * from './generated/types.gen.js'
export { ApiProblem, problemOf, type ProblemCode } from './api-problem.js'
export { useConnection } from './connection.js'
export { invalidateOperations, onGatewayEvent } from './live-updates.js'
export type * from './shapes.js'
