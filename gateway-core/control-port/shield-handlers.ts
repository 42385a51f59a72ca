/** The operations on Shield's policies, and on what waits for a person. */
import type { OperationAnswer } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

type ShieldOperation =
  | 'getShield'
  | 'listPolicies'
  | 'listStarterPolicies'
  | 'backtestPolicy'
  | 'getPolicy'
  | 'putPolicy'
  | 'removePolicy'
  | 'listApprovals'
  | 'decideApproval'

type ApprovalAnswer = OperationAnswer<'listApprovals'>['items'][number]

export function shieldHandlers({ registry, shield, masked }: ControlServices): HandlersOf<ShieldOperation> {
  return {
    getShield: () => {
      const settings = registry.snapshot?.shield
      if (settings === undefined) throw new GatewayError('vault_locked')
      const { enabled, onFailure, timeoutMs, askTimeoutMs, pinTools } = settings
      const remotes = settings.remotes.map(({ url, credential }) => ({
        url,
        ...(credential === undefined ? {} : { credential }),
      }))
      return { json: { enabled, onFailure, timeoutMs, askTimeoutMs, pinTools, remotes } }
    },
    ...policyHandlers(registry),
    listStarterPolicies: ({ query }) => ({ json: listPage(shield.starters, query, ({ name }) => name) }),
    backtestPolicy: async ({ body }) => {
      const { text, name, since } = body
      const policy = text === undefined ? registry.getPolicy(name ?? '') : { name: 'policy', text }
      return { json: await shield.backtest(policy, since) }
    },
    async listApprovals({ query: { status = 'pending', ...page } }) {
      const items = shield
        .approvals()
        .map((approval): ApprovalAnswer => (approval.kind === 'call' ? { ...approval, status: 'pending' } : approval))
      const wanted = items.filter((approval) => approval.status === status)
      const answer = listPage(wanted, page, ({ id }) => id)
      // What a call carries, and what a server says of a tool, may hold anything.
      return { json: answer.items.length === 0 ? answer : await masked(answer) }
    },
    async decideApproval({ params, body }) {
      await shield.decide(params.id, body.decision, body.rememberMs)
      return undefined
    },
  }
}

function policyHandlers(registry: Registry): HandlersOf<'listPolicies' | 'getPolicy' | 'putPolicy' | 'removePolicy'> {
  return {
    listPolicies: ({ query }) => ({
      json: listPage(registry.listPolicies(), query, ({ profile, name }) => JSON.stringify([profile, name])),
    }),
    getPolicy: ({ params }) => ({ json: registry.getPolicy(params.name) }),
    async putPolicy({ params, body }) {
      const isThere = registry.listPolicies().some(({ name, profile }) => name === params.name && profile === undefined)
      const policy = await registry.putPolicy(params.name, body.text)
      return { status: isThere ? 200 : 201, json: policy }
    },
    async removePolicy({ params }) {
      await registry.removePolicy(params.name)
      return undefined
    },
  }
}
