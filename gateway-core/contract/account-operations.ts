/** The control API's operations on connected accounts. */
import { read, write, type Operation } from './operation.js'
import { pageQuerySchema } from './schema-parts.js'
import * as schemas from './account-schemas.js'
import { idParamsSchema, slugParamsSchema, subjectListQuerySchema } from './control-schemas.js'

export const accountOperations = {
  connectAccount: {
    method: 'post',
    path: '/servers/{slug}/connect',
    summary: 'Begins to connect an account; somebody opens authorizationUrl in a browser within 10 minutes.',
    effect: 'secret',
    needsVault: true,
    params: slugParamsSchema,
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
    params: idParamsSchema,
    answer: schemas.attemptSchema,
  },
  listAccounts: {
    ...read,
    method: 'get',
    path: '/accounts',
    summary: 'Connected accounts, without their tokens.',
    query: subjectListQuerySchema,
    answer: schemas.accountListSchema,
  },
  getAccount: {
    ...read,
    method: 'get',
    path: '/accounts/{id}',
    summary: 'One connected account, without its tokens.',
    params: idParamsSchema,
    answer: schemas.accountSchema,
  },
  patchAccount: {
    ...write,
    method: 'patch',
    path: '/accounts/{id}',
    summary: 'Labels an account, or makes it the one that its owner’s calls use.',
    params: idParamsSchema,
    body: schemas.accountPatchSchema,
    statuses: [200],
    answer: schemas.accountSchema,
  },
  removeAccount: {
    ...write,
    method: 'delete',
    path: '/accounts/{id}',
    summary: 'Forgets an account’s tokens, and revokes them at the provider where it takes that.',
    params: idParamsSchema,
  },
  listOAuthClients: {
    ...read,
    method: 'get',
    path: '/oauth-clients',
    summary: 'What the gateway is to authorization servers: its clients, without their secrets.',
    query: pageQuerySchema,
    answer: schemas.oauthClientListSchema,
  },
  getDownstreamToken: {
    method: 'get',
    path: '/downstream-tokens/{slug}',
    summary: 'A user’s access token for a server, as another gateway’s token broker gives it. Needs the control token.',
    effect: 'secret',
    needsVault: true,
    needsControlToken: true,
    params: slugParamsSchema,
    query: schemas.downstreamTokenQuerySchema,
    statuses: [200],
    answer: schemas.downstreamTokenSchema,
  },
} as const satisfies Record<string, Operation>
