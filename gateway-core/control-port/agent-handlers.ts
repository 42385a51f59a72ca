/** Keys and agents: what each operation on them does. */
import { allServers } from '../contract/agent-setup.js'
import type { OperationAnswer } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Agent, NewKey, Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

type KeyOperation = 'addKey' | 'importKey' | 'listKeys' | 'getKey' | 'patchKey' | 'revokeKey'
type AgentOperation = 'listAgents' | 'getAgent' | 'addAgent' | 'removeAgent'

export function agentHandlers(services: ControlServices): HandlersOf<KeyOperation | AgentOperation> {
  return { ...keyOperations(services), ...agentOperations(services) }
}

function keyOperations({ registry }: ControlServices): HandlersOf<KeyOperation> {
  return {
    async addKey({ body }) {
      const { summary, key } = await registry.addKey(inUtc(body))
      return { json: { ...summary, key } }
    },
    importKey: async ({ body }) => ({ json: await registry.importKey({ ...inUtc(body), key: body.key }) }),
    listKeys: ({ query }) => ({ json: listPage(registry.listKeys(), query, ({ id }) => id) }),
    getKey: ({ params }) => ({
      json: found(
        registry.listKeys().find(({ id }) => id === params.id),
        'No key has this id.',
      ),
    }),
    patchKey: async ({ params, body }) => ({ json: await registry.chooseKeyAccounts(params.id, body.accounts) }),
    async revokeKey({ params }) {
      await registry.revokeKey(params.id)
      return undefined
    },
  }
}

function agentOperations({ registry, dataUrl }: ControlServices): HandlersOf<AgentOperation> {
  const described = (agent: Agent): OperationAnswer<'getAgent'> => ({
    ...agent,
    urls: urlsOf(agent.name, registry, dataUrl),
  })
  return {
    listAgents({ query }) {
      const { items, ...more } = listPage(registry.listAgents(), query, ({ name }) => name)
      return { json: { items: items.map(described), ...more } }
    },
    getAgent: ({ params }) => ({
      json: described(
        found(
          registry.listAgents().find(({ name }) => name === params.name),
          `There is no agent ${params.name}.`,
        ),
      ),
    }),
    async addAgent({ body }) {
      const { name, key, summary } = await registry.addAgent(body.name)
      return { json: { name, key, keyId: summary.id, urls: urlsOf(name, registry, dataUrl) } }
    },
    async removeAgent({ params }) {
      await registry.removeAgent(params.name)
      return undefined
    },
  }
}

/** @throws GatewayError `not_found` */
function found<T>(item: T | undefined, detail: string): T {
  if (item === undefined) throw new GatewayError('not_found', { detail })
  return item
}

/** Times are kept in UTC, whatever offset they came with. */
function inUtc(key: NewKey): NewKey {
  return key.expiresAt === undefined ? key : { ...key, expiresAt: new Date(key.expiresAt).toISOString() }
}

/** Of each server, and last of all of them as one. */
function urlsOf(agent: string, registry: Registry, dataUrl: string): Record<string, string> {
  const slugs = [...(registry.snapshot?.servers.keys() ?? [])].sort()
  const base = `${dataUrl}/agents/${agent}/mcp`
  return Object.fromEntries([...slugs.map((slug) => [slug, `${base}/${slug}`]), [allServers, base]])
}
