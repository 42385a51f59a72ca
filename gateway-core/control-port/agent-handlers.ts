/** Keys and agents: what each operation on them does. */
import type { NewKey, Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'

type AgentOperation = 'addKey' | 'importKey' | 'listKeys' | 'patchKey' | 'revokeKey' | 'listAgents' | 'addAgent'

export function agentHandlers({ registry, dataUrl }: ControlServices): HandlersOf<AgentOperation> {
  return {
    async addKey({ body }) {
      const { summary, key } = await registry.addKey(inUtc(body))
      return { json: { ...summary, key } }
    },
    importKey: async ({ body }) => ({ json: await registry.importKey({ ...inUtc(body), key: body.key }) }),
    listKeys: () => ({ json: { items: [...registry.listKeys()] } }),
    patchKey: async ({ params, body }) => ({ json: await registry.chooseKeyAccounts(params.id, body.accounts) }),
    async revokeKey({ params }) {
      await registry.revokeKey(params.id)
      return undefined
    },
    listAgents() {
      const agents = registry.listAgents()
      return {
        json: { items: agents.map((agent) => ({ ...agent, urls: urlsOf(agent.name, registry, dataUrl) })) },
      }
    },
    async addAgent({ body }) {
      const { name, key, summary } = await registry.addAgent(body.name)
      return { json: { name, key, keyId: summary.id, urls: urlsOf(name, registry, dataUrl) } }
    },
  }
}

/** Times are kept in UTC, whatever offset they came with. */
function inUtc(key: NewKey): NewKey {
  return key.expiresAt === undefined ? key : { ...key, expiresAt: new Date(key.expiresAt).toISOString() }
}

function urlsOf(agent: string, registry: Registry, dataUrl: string): Record<string, string> {
  const slugs = [...(registry.snapshot?.servers.keys() ?? [])].sort()
  return Object.fromEntries(slugs.map((slug) => [slug, `${dataUrl}/agents/${agent}/mcp/${slug}`]))
}
