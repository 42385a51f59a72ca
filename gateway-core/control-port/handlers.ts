/** What each operation of the control API does. Inputs are checked and the vault is open by the time these run. */
import type { OperationAnswer, OperationId } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { RegisteredServer, Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import { agentHandlers } from './agent-handlers.js'
import type { HandlersOf } from './handler.js'
import { profileHandlers } from './profile-handlers.js'

const snapshotTimeoutMs = 10_000

/** Answered by the port itself: a stream, and the description of all the others. */
export type PortOperation = 'getEvents' | 'getOpenApi'
export type Handlers = HandlersOf<Exclude<OperationId, PortOperation>>

export function createHandlers(services: ControlServices): Handlers {
  return {
    ...vaultHandlers(services),
    ...serverHandlers(services),
    ...secretHandlers(services.registry),
    ...exchangeHandlers(services),
    ...agentHandlers(services),
    ...profileHandlers(services),
  }
}

type VaultOperation = 'getStatus' | 'createSessionLink' | 'unlock' | 'lock' | 'createRecoveryKey' | 'setPassphrase'

function vaultHandlers({ vault, registry, status }: ControlServices): HandlersOf<VaultOperation> {
  return {
    getStatus: (_input, { controlUrl }) => ({ json: status(controlUrl) }),
    createSessionLink: (_input, context) => ({ json: context.createSessionLink() }),
    async unlock({ body }) {
      if (vault.state !== 'uninitialized') await vault.unlock(body)
      else if ('passphrase' in body) await vault.create(body)
      else throw new GatewayError('conflict', { detail: 'There is no vault yet.', fix: 'Choose a passphrase first.' })
      await snapshotOf(registry)
      return undefined
    },
    async lock() {
      if (vault.state === 'unlocked') await vault.lock()
      return undefined
    },
    createRecoveryKey: async () => ({ json: { recoveryKey: await vault.createRecoveryKey() } }),
    async setPassphrase({ body }) {
      await vault.setPassphrase(body.passphrase)
      return undefined
    },
  }
}

/** Waits until the registry has read what is in a vault that was just opened, so that the next request finds it. */
async function snapshotOf(registry: Registry): Promise<void> {
  const late = AbortSignal.timeout(snapshotTimeoutMs)
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      if (registry.snapshot === undefined && !late.aborted) return
      stop()
      if (registry.snapshot !== undefined) resolve()
      else
        reject(new GatewayError('internal', { detail: 'The vault is open, but what is in it was not read in time.' }))
    }
    const stop = registry.onChange(settle)
    late.addEventListener('abort', settle)
    settle()
  })
}

type ServerOperation = 'listServers' | 'getServer' | 'putServer' | 'patchServer' | 'removeServer' | 'approveServer'

function serverHandlers({ registry, serverState }: ControlServices): HandlersOf<ServerOperation> {
  const answer = (server: RegisteredServer): OperationAnswer<'getServer'> => ({
    ...server.resolved.config,
    slug: server.slug,
    profile: server.profile,
    state:
      server.disabledReason === undefined
        ? serverState(server.slug)
        : { ...serverState(server.slug), status: 'disabled', reason: server.disabledReason },
    createdAt: server.createdAt,
    updatedAt: server.updatedAt,
  })
  return {
    listServers() {
      const servers = [...(registry.snapshot?.servers.values() ?? [])]
      return { json: { items: servers.sort((a, b) => (a.slug < b.slug ? -1 : 1)).map(answer) } }
    },
    getServer: ({ params }) => ({ json: answer(requireServer(registry, params.slug)) }),
    async putServer({ params, body }) {
      const isNew = registry.snapshot?.servers.has(params.slug) === false
      return { status: isNew ? 201 : 200, json: answer(await registry.putServer(params.slug, body)) }
    },
    patchServer: async ({ params, body }) => ({ json: answer(await registry.patchServer(params.slug, body)) }),
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

/** @throws GatewayError `unknown_server` */
function requireServer(registry: Registry, slug: string): RegisteredServer {
  const server = registry.snapshot?.servers.get(slug)
  if (server !== undefined) return server
  throw new GatewayError('unknown_server', {
    detail: `No server is called ${slug}.`,
    fix: '`gatehouse servers list` names the servers.',
  })
}

function secretHandlers(registry: Registry): HandlersOf<'setSecret' | 'listSecrets' | 'removeSecret'> {
  return {
    async setSecret({ params, query, body }) {
      const item = await registry.setSecret(params.name, body.value, query.subject)
      return { status: item.generation === 1 ? 201 : 200, json: item }
    },
    listSecrets: async () => ({ json: { items: [...(await registry.listSecrets())] } }),
    async removeSecret({ params, query }) {
      await registry.removeSecret(params.name, query.subject)
      return undefined
    },
  }
}

function exchangeHandlers({
  exchanges,
  explain,
}: ControlServices): HandlersOf<'listExchanges' | 'getExchange' | 'explain'> {
  return {
    async listExchanges({ query }) {
      const { items, nextCursor } = await exchanges.list(query)
      return { json: { items: [...items], ...(nextCursor !== undefined && { nextCursor }) } }
    },
    async getExchange({ params }) {
      const exchange = await exchanges.get(params.id)
      if (exchange === undefined)
        throw new GatewayError('not_found', { detail: `No exchange has the id ${params.id}.` })
      return { json: exchange }
    },
    explain: async ({ body }) => ({ json: await explain(body) }),
  }
}
