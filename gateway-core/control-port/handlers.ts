/** What each operation of the control API does. Inputs are checked and the vault is open by the time these run. */
import type { OperationId } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import { accountHandlers } from './account-handlers.js'
import { grantHandlers } from './grant-handlers.js'
import { agentConfigHandlers } from './agent-config-handlers.js'
import { agentHandlers } from './agent-handlers.js'
import { exchangeHandlers, preferenceHandlers } from './exchange-handlers.js'
import { firstRunHandlers } from './first-run-handlers.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'
import { profileHandlers } from './profile-handlers.js'
import { shieldHandlers } from './shield-handlers.js'
import { serverHandlers } from './server-handlers.js'

/** Answered by the port itself: a stream, and the description of all the others. */
export type PortOperation = 'getEvents' | 'getOpenApi'
export type Handlers = HandlersOf<Exclude<OperationId, PortOperation>>

export function createHandlers(services: ControlServices): Handlers {
  return {
    ...vaultHandlers(services),
    ...serverHandlers(services),
    ...accountHandlers(services),
    ...firstRunHandlers(services),
    ...shieldHandlers(services),
    ...grantHandlers(services.signIn),
    ...secretHandlers(services.registry),
    ...exchangeHandlers(services),
    ...preferenceHandlers(services),
    ...agentHandlers(services),
    ...agentConfigHandlers(services),
    ...profileHandlers(services),
  }
}

type VaultOperation =
  'getStatus' | 'createSessionLink' | 'unlock' | 'lock' | 'pause' | 'resume' | 'createRecoveryKey' | 'setPassphrase'

function vaultHandlers({ vault, registry, gate, status, written }: ControlServices): HandlersOf<VaultOperation> {
  return {
    getStatus: (_input, { controlUrl }) => ({ json: status(controlUrl) }),
    createSessionLink: (_input, context) => ({ json: context.createSessionLink() }),
    async unlock({ body }) {
      if (vault.state !== 'uninitialized') await vault.unlock(body)
      else if ('passphrase' in body) await vault.create(body)
      else throw new GatewayError('conflict', { detail: 'There is no vault yet.', fix: 'Choose a passphrase first.' })
      await registry.catchUp()
      return undefined
    },
    async lock() {
      if (vault.state !== 'unlocked') return undefined
      await written()
      await vault.lock()
      return undefined
    },
    async pause() {
      gate.setPaused(true)
      return undefined
    },
    async resume() {
      gate.setPaused(false)
      return undefined
    },
    createRecoveryKey: async () => ({ json: { recoveryKey: await vault.createRecoveryKey() } }),
    async setPassphrase({ body }) {
      await vault.setPassphrase(body.passphrase)
      return undefined
    },
  }
}

function secretHandlers(registry: Registry): HandlersOf<'setSecret' | 'listSecrets' | 'removeSecret'> {
  return {
    async setSecret({ params, query, body }) {
      const item = await registry.setSecret(params.name, body.value, query.subject)
      return { status: item.generation === 1 ? 201 : 200, json: item }
    },
    listSecrets: async ({ query }) => ({
      json: listPage(await registry.listSecrets(), query, ({ name, subject }) => JSON.stringify([name, subject])),
    }),
    async removeSecret({ params, query }) {
      await registry.removeSecret(params.name, query.subject)
      return undefined
    },
  }
}
