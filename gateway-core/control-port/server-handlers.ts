/** The operations on servers: their configuration, how they are doing, and what a person does with them. */
import type { OperationAnswer } from '../contract/control-api.js'
import type { ServerHealth } from '../contract/server-health.js'
import { requireServer } from '../pipeline/operate-servers.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

type Configuring = 'listServers' | 'getServer' | 'putServer' | 'patchServer' | 'removeServer' | 'approveServer'
type Operating =
  'startServer' | 'stopServer' | 'restartServer' | 'probeServer' | 'listTools' | 'countOffers' | 'callServer'

export function serverHandlers(services: ControlServices): HandlersOf<Configuring | Operating> {
  return { ...configuring(services), ...operating(services) }
}

function configuring(services: ControlServices): HandlersOf<Configuring> {
  const { registry, servers } = services
  return {
    async listServers({ query }) {
      await servers.noteSignIns()
      const all = [...(registry.snapshot?.servers.values() ?? [])].sort((a, b) => (a.slug < b.slug ? -1 : 1))
      const { items, ...more } = listPage(all, query, ({ slug }) => slug)
      return {
        json: {
          items: items.map((server) => answerOf(server, withoutOutput(servers.health(server.slug)), services)),
          ...more,
        },
      }
    },
    getServer: async ({ params }) => ({ json: await describeServer(requireServer(registry, params.slug), services) }),
    async putServer({ params, body }) {
      const isNew = registry.snapshot?.servers.has(params.slug) === false
      const server = await registry.putServer(params.slug, body)
      return { status: isNew ? 201 : 200, json: await describeServer(server, services) }
    },
    patchServer: async ({ params, body }) => ({
      json: await describeServer(await registry.patchServer(params.slug, body), services),
    }),
    async removeServer({ params }) {
      await registry.removeServer(params.slug)
      return undefined
    },
    async approveServer({ params }) {
      await registry.approveServer(params.slug)
      return undefined
    },
  }
}

function operating(services: ControlServices): HandlersOf<Operating> {
  const { registry, servers, masked } = services
  return {
    async startServer({ params }) {
      await servers.start(params.slug)
      return { json: await describeServer(requireServer(registry, params.slug), services) }
    },
    async stopServer({ params }) {
      await servers.stop(params.slug)
      return undefined
    },
    async restartServer({ params }) {
      await servers.restart(params.slug)
      return { json: await describeServer(requireServer(registry, params.slug), services) }
    },
    listTools: async ({ params, query }) => ({
      json: listPage(await servers.tools(params.slug), query, ({ name }) => name),
    }),
    countOffers: async ({ params }) => ({ json: await servers.offers(params.slug) }),
    callServer: async ({ params, body }) => ({ json: await services.exchanges.call(params.slug, body) }),
    probeServer: async ({ params, body }) => {
      const steps = await servers.probe(params.slug, body.caller)
      // While the vault is locked the probe can have seen nothing of what is in it.
      return { json: { steps: registry.snapshot === undefined ? steps : await masked(steps) } }
    },
  }
}

export async function describeServer(
  server: RegisteredServer,
  services: ControlServices,
): Promise<OperationAnswer<'getServer'>> {
  await services.servers.noteSignIns()
  return answerOf(server, services.servers.health(server.slug), services)
}

function answerOf(
  server: RegisteredServer,
  health: ServerHealth,
  { servers }: ControlServices,
): OperationAnswer<'getServer'> {
  const { lastSuccessAt, ...status } = servers.state(server.slug)
  const { disabledReason: reason } = server
  const warnings = servers.warnings(server)
  return {
    ...server.resolved.config,
    slug: server.slug,
    profile: server.profile,
    state: {
      ...(reason === undefined ? status : { status: 'disabled', reason }),
      ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
      ...(warnings.length === 0 ? {} : { warnings }),
    },
    health,
    createdAt: server.createdAt,
    updatedAt: server.updatedAt,
  }
}

function withoutOutput({ stderr: _stderr, strayOutput: _strayOutput, ...health }: ServerHealth): ServerHealth {
  return health
}
