/** The control API's operations on Shield's policies, and on what waits for a person. */
import { idParamsSchema } from './control-schemas.js'
import { read, write, type Operation } from './operation.js'
import { pageQuerySchema } from './schema-parts.js'
import * as schemas from './shield-schemas.js'

export const shieldOperations = {
  getShield: {
    ...read,
    method: 'get',
    path: '/shield',
    summary: 'What Shield does, as all profiles and policies together make it: the strictest of each.',
    answer: schemas.shieldStateSchema,
  },
  listPolicies: {
    ...read,
    method: 'get',
    path: '/policies',
    summary: 'Shield’s policies: a person’s own, then those of profiles.',
    query: pageQuerySchema,
    answer: schemas.policyListSchema,
  },
  listStarterPolicies: {
    ...read,
    method: 'get',
    path: '/policies/starters',
    summary: 'Policies to begin with.',
    needsVault: false,
    query: pageQuerySchema,
    answer: schemas.starterPolicyListSchema,
  },
  backtestPolicy: {
    ...read,
    method: 'post',
    path: '/policies/backtest',
    summary: 'What a policy would have denied or asked about, of the calls that were recorded.',
    body: schemas.backtestInputSchema,
    answer: schemas.backtestSchema,
  },
  getPolicy: {
    ...read,
    method: 'get',
    path: '/policies/{name}',
    summary: 'One policy.',
    params: schemas.policyParamsSchema,
    answer: schemas.policySchema,
  },
  putPolicy: {
    method: 'put',
    path: '/policies/{name}',
    summary: 'Adds or replaces a policy, which is checked first.',
    effect: 'write',
    needsVault: true,
    params: schemas.policyParamsSchema,
    body: schemas.policyInputSchema,
    statuses: [200, 201],
    answer: schemas.policySchema,
  },
  removePolicy: {
    ...write,
    method: 'delete',
    path: '/policies/{name}',
    summary: 'Removes a policy.',
    params: schemas.policyParamsSchema,
  },
  listApprovals: {
    ...read,
    method: 'get',
    path: '/approvals',
    summary: 'What waits for a person: calls that a policy asks about, and tools that have changed.',
    query: schemas.approvalQuerySchema,
    answer: schemas.approvalListSchema,
  },
  decideApproval: {
    ...write,
    method: 'post',
    path: '/approvals/{id}',
    summary: 'Allows or denies what waits.',
    params: idParamsSchema,
    body: schemas.approvalDecisionSchema,
  },
} as const satisfies Record<string, Operation>
