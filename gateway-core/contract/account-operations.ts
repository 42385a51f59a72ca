/** The control API's operations on connected accounts. */
import { read, write, type Operation } from './operation.js'
import * as schemas from './control-schemas.js'

export const accountOperations = {
  connectAccount: {
    method: 'post',
    path: '/servers/{slug}/connect',
    summary: 'Begins to connect an account; somebody opens authorizationUrl in a browser within 10 minutes.',
    effect: 'secret',
    needsVault: true,
    params: schemas.slugParamsSchema,
    body: schemas.connectSchema,
    bodyMayBeMissing: true,
    statuses: [200],
    answer: schemas.connectAnswerSchema,
  },
  getAttempt: {
    ...read,
    method: 'get',
    path: '/attempts/{id}',
    summary: 'What became of an attempt to connect an account.',
    params: schemas.idParamsSchema,
    answer: schemas.attemptSchema,
  },
  listAccounts: {
    ...read,
    method: 'get',
    path: '/accounts',
    summary: 'Connected accounts, without their tokens.',
    answer: schemas.accountListSchema,
  },
  removeAccount: {
    ...write,
    method: 'delete',
    path: '/accounts/{id}',
    summary: 'Forgets an account’s tokens, and revokes them at the provider where it takes that.',
    params: schemas.idParamsSchema,
  },
} as const satisfies Record<string, Operation>
