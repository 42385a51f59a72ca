/**
 * The operations of the control API, one row each. From this table come the checks of what comes in, the OpenAPI
 * document, the handlers that the control port must have, and the types of every client.
 */
import type { z } from 'zod'
import { accountOperations } from './account-operations.js'
import { agentConfigOperations } from './agent-config-operations.js'
import { demoOperations } from './demo-operations.js'
import { exchangeOperations } from './exchange-operations.js'
import { eventsQuerySchema } from './exchange-schemas.js'
import { grantOperations } from './grant-operations.js'
import { toolOperations } from './tool-operations.js'
import { read, write, type Operation } from './operation.js'
import { pageQuerySchema } from './schema-parts.js'
import * as schemas from './control-schemas.js'
import { serverOperations } from './server-operations.js'
import { shieldOperations } from './shield-operations.js'

export const apiPrefix = '/api/v1'

/** Media types of a profile file, with the form that each means. */
export const profileMediaTypes = {
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'application/json': 'json',
} as const

const operations = {
  getStatus: {
    ...read,
    method: 'get',
    path: '/status',
    summary: 'Whether the vault is open, and where the ports are.',
    needsVault: false,
    answer: schemas.statusSchema,
  },
  createSessionLink: {
    method: 'post',
    path: '/session-links',
    summary: 'Makes a link that opens the page signed in, once, within 5 minutes.',
    effect: 'secret',
    needsVault: false,
    statuses: [200],
    answer: schemas.sessionLinkSchema,
  },
  unlock: {
    method: 'post',
    path: '/unlock',
    summary: 'Opens the vault; the first passphrase creates it.',
    effect: 'secret',
    needsVault: false,
    body: schemas.unlockSchema,
    statuses: [204],
  },
  lock: {
    method: 'post',
    path: '/lock',
    summary: 'Closes the vault.',
    effect: 'secret',
    needsVault: false,
    statuses: [204],
  },
  pause: {
    ...write,
    method: 'post',
    path: '/pause',
    summary: 'Refuses what agents ask with gateway_paused, until it is resumed or the gateway starts again.',
    needsVault: false,
  },
  resume: {
    ...write,
    method: 'post',
    path: '/resume',
    summary: 'Lets agents in again.',
    needsVault: false,
  },
  createRecoveryKey: {
    method: 'post',
    path: '/recovery-key',
    summary: 'Makes a recovery key, shown this once, which replaces the one before.',
    effect: 'secret',
    needsVault: true,
    statuses: [201],
    answer: schemas.recoveryKeySchema,
  },
  setPassphrase: {
    method: 'put',
    path: '/passphrase',
    summary: 'Sets or changes the vault’s passphrase.',
    effect: 'secret',
    needsVault: true,
    body: schemas.newPassphraseSchema,
    statuses: [204],
  },

  ...serverOperations,
  ...toolOperations,
  ...accountOperations,
  ...demoOperations,
  ...shieldOperations,
  ...grantOperations,
  setSecret: {
    method: 'put',
    path: '/secrets/{name}',
    summary: 'Stores a secret’s value, which never comes out again.',
    effect: 'secret',
    needsVault: true,
    params: schemas.secretParamsSchema,
    query: schemas.subjectQuerySchema,
    body: schemas.secretValueSchema,
    statuses: [200, 201],
    answer: schemas.secretItemSchema,
  },
  listSecrets: {
    ...read,
    method: 'get',
    path: '/secrets',
    summary: 'All secrets, without their values.',
    query: pageQuerySchema,
    answer: schemas.secretListSchema,
  },
  removeSecret: {
    ...write,
    method: 'delete',
    path: '/secrets/{name}',
    summary: 'Removes a secret.',
    params: schemas.secretParamsSchema,
    query: schemas.subjectQuerySchema,
  },

  addKey: {
    method: 'post',
    path: '/keys',
    summary: 'Makes a key for an agent. The key itself is in this answer only.',
    effect: 'secret',
    needsVault: true,
    body: schemas.newKeySchema,
    statuses: [201],
    answer: schemas.createdKeySchema,
  },
  importKey: {
    method: 'post',
    path: '/keys/import',
    summary: 'Takes a key that exists elsewhere: hf_sk_… or a legacy token.',
    effect: 'secret',
    needsVault: true,
    body: schemas.importedKeySchema,
    statuses: [201],
    answer: schemas.keySchema,
  },
  listKeys: {
    ...read,
    method: 'get',
    path: '/keys',
    summary: 'All keys, without the keys themselves.',
    query: pageQuerySchema,
    answer: schemas.keyListSchema,
  },
  getKey: {
    ...read,
    method: 'get',
    path: '/keys/{id}',
    summary: 'One key, without the key itself.',
    params: schemas.keyParamsSchema,
    answer: schemas.keySchema,
  },
  patchKey: {
    ...write,
    method: 'patch',
    path: '/keys/{id}',
    summary: 'Chooses which accounts a key uses.',
    params: schemas.keyParamsSchema,
    body: schemas.keyPatchSchema,
    statuses: [200],
    answer: schemas.keySchema,
  },
  revokeKey: {
    ...write,
    method: 'delete',
    path: '/keys/{id}',
    summary: 'Revokes a key, from the next request on.',
    params: schemas.keyParamsSchema,
  },

  listAgents: {
    ...read,
    method: 'get',
    path: '/agents',
    summary: 'All agents with their keys and URLs.',
    query: pageQuerySchema,
    answer: schemas.agentListSchema,
  },
  addAgent: {
    method: 'post',
    path: '/agents',
    summary: 'Makes an agent with a key that is good on its own paths only.',
    effect: 'secret',
    needsVault: true,
    body: schemas.newAgentSchema,
    statuses: [201],
    answer: schemas.createdAgentSchema,
  },
  getAgent: {
    ...read,
    method: 'get',
    path: '/agents/{name}',
    summary: 'One agent with its keys and URLs.',
    params: schemas.agentParamsSchema,
    answer: schemas.agentSchema,
  },
  removeAgent: {
    ...write,
    method: 'delete',
    path: '/agents/{name}',
    summary: 'Removes an agent: its keys are revoked, from the next request on.',
    params: schemas.agentParamsSchema,
  },
  ...agentConfigOperations,

  ...exchangeOperations,
  listIssuances: {
    ...read,
    method: 'get',
    path: '/issuances',
    summary: 'Tokens that were obtained, newest first, without the tokens.',
    query: schemas.issuanceQuerySchema,
    answer: schemas.issuanceListSchema,
  },
  getIssuance: {
    ...read,
    method: 'get',
    path: '/issuances/{id}',
    summary: 'One token that was obtained, without the token.',
    params: schemas.idParamsSchema,
    answer: schemas.issuanceSchema,
  },
  explain: {
    ...read,
    method: 'post',
    path: '/explain',
    summary: 'What a call would send, header by header. Nothing is sent or fetched.',
    body: schemas.explainInputSchema,
    answer: schemas.explainAnswerSchema,
  },

  applyProfile: {
    method: 'post',
    path: '/profiles',
    summary: 'Applies a profile file, in its own form or a foreign one.',
    effect: 'write',
    needsVault: true,
    query: schemas.applyQuerySchema,
    takesFile: true,
    statuses: [200],
    answer: schemas.profileReportSchema,
  },
  importSealedProfile: {
    method: 'post',
    path: '/profiles/import',
    summary: 'Applies a profile from an age file, and stores the secrets in it that the vault does not have.',
    effect: 'secret',
    needsVault: true,
    query: schemas.applyQuerySchema,
    body: schemas.sealedImportSchema,
    statuses: [200],
    answer: schemas.profileReportSchema,
  },
  listProfiles: {
    ...read,
    method: 'get',
    path: '/profiles',
    summary: 'All profiles.',
    query: pageQuerySchema,
    answer: schemas.profileListSchema,
  },
  getProfile: {
    ...read,
    method: 'get',
    path: '/profiles/{name}',
    summary: 'One profile, without secrets: JSON, or its file.',
    params: schemas.profileParamsSchema,
    answer: schemas.profileAnswerSchema,
    answerTypes: ['application/yaml'],
  },
  removeProfile: {
    ...write,
    method: 'delete',
    path: '/profiles/{name}',
    summary: 'Removes a profile with its servers. Secrets stay.',
    params: schemas.profileParamsSchema,
  },
  exportSealedProfile: {
    method: 'post',
    path: '/profiles/{name}/export',
    summary: 'One profile with its secrets, as an age v1 file for a passphrase.',
    effect: 'secret',
    needsVault: true,
    params: schemas.profileParamsSchema,
    body: schemas.sealedExportSchema,
    statuses: [200],
    answerTypes: ['application/octet-stream'],
  },
  getProfileSchema: {
    ...read,
    method: 'get',
    path: '/profile-schema',
    summary: 'The profile file’s JSON Schema.',
    needsVault: false,
    answer: schemas.profileAnswerSchema,
  },

  getEvents: {
    ...read,
    method: 'get',
    path: '/events',
    summary: 'Server-sent events: exchange, server, account, approval, grant, status.',
    needsVault: false,
    query: eventsQuerySchema,
    answerTypes: ['text/event-stream'],
  },
  getOpenApi: {
    ...read,
    method: 'get',
    path: '/openapi.json',
    summary: 'This document.',
    needsVault: false,
    answer: schemas.profileAnswerSchema,
  },
} as const satisfies Record<string, Operation>

export type OperationId = keyof typeof operations

/** The table's rows, typed alike. */
export const operationTable: Readonly<Record<OperationId, Operation>> = operations

type Row<Id extends OperationId> = (typeof operations)[Id]
type Output<T> = T extends z.ZodType ? z.output<T> : undefined
type Input<T> = T extends z.ZodType ? z.input<T> : undefined
type Field<R, K extends string> = R extends Readonly<Record<K, infer T>> ? T : undefined

/** What a handler is given: everything that came in, checked. */
export interface OperationInput<Id extends OperationId> {
  readonly params: Output<Field<Row<Id>, 'params'>>
  readonly query: Output<Field<Row<Id>, 'query'>>
  readonly body: Output<Field<Row<Id>, 'body'>>
}

/** What a client sends. */
export interface OperationRequest<Id extends OperationId> {
  readonly params: Input<Field<Row<Id>, 'params'>>
  readonly query: Input<Field<Row<Id>, 'query'>>
  readonly body: Input<Field<Row<Id>, 'body'>>
}

/** The JSON answer; undefined where there is none. */
export type OperationAnswer<Id extends OperationId> = Output<Field<Row<Id>, 'answer'>>

export type { GatewayStatus, ExplainAnswer, ExplainInput, ProbeStep, Problem } from './control-schemas.js'
export type { Operation } from './operation.js'
