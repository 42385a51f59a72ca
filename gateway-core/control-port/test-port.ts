/** A control port for tests, over real sockets, on services that live in this file. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { GatewayError } from '../contract/errors.js'
import { createEvents, type GatewayEvents } from '../events.js'
import type { Registry, SecretItem, Snapshot } from '../registry/registry.js'
import type { VaultState } from '../vault/vault.js'
import type { ControlServices } from './control-services.js'
import { createControlPort, type ControlPort } from './create-control-port.js'

export const token = 'test-control-token'
export const bearer = { authorization: `Bearer ${token}` } as const
export const json = { ...bearer, 'content-type': 'application/json' } as const
export const statusPath = '/api/v1/status'

const time = '2026-11-21T00:00:00.000Z'
const emptySnapshot: Snapshot = {
  servers: new Map(),
  keysByHash: new Map(),
  jwtIssuers: [],
  legacyBearer: false,
  shield: {
    enabled: false,
    timeoutMs: 1500,
    onFailure: 'allow',
    remotes: [],
    policies: [],
    askTimeoutMs: 60_000,
    pinTools: false,
  },
  oauthByProfile: new Map(),
}

function notExpected(what: string): never {
  throw new Error(`${what} was not expected`)
}

interface Applied {
  readonly text: string
  readonly format: string
  readonly name?: string
  readonly dryRun: boolean
}

/** What the services were told. */
class Kept {
  vault: VaultState = 'unlocked'
  paused = false
  readonly values = new Map<string, { item: SecretItem; value: string }>()
  readonly applied: Applied[] = []
}

/** A registry of secrets and one exportable profile; whatever else is asked of it fails the test. */
function createTestRegistry(kept: Kept): Registry {
  const handled: Partial<Registry> = {
    get snapshot() {
      return kept.vault === 'unlocked' ? emptySnapshot : undefined
    },
    onChange: () => () => undefined,
    setSecret: async (name, value, subject) => {
      const generation = (kept.values.get(name)?.item.generation ?? 0) + 1
      const item = {
        name,
        ...(subject && { subject }),
        generation,
        destinations: [],
        createdAt: time,
        updatedAt: time,
        usedBy: [],
      }
      kept.values.set(name, { item, value })
      return item
    },
    listSecrets: async () => [...kept.values.values()].map(({ item }) => item),
    applyProfile: async ({ text, format, name }, { dryRun }) => {
      if (text.includes('broken'))
        throw new GatewayError('profile_invalid', {
          errors: [{ path: 'mcpServers.x.url', message: 'expected a URL', line: 3 }],
        })
      kept.applied.push({ text, format, ...(name && { name }), dryRun })
      return {
        name: 'team',
        changes: [],
        missingSecrets: ['planted'],
        pendingApproval: [],
        storedSecrets: [],
        warnings: [],
      }
    },
    catchUp: async () => undefined,
    exportProfile: () => ({
      name: 'team',
      profile: { gatehouse: 1, name: 'team' },
      yaml: 'gatehouse: 1\nname: team\n',
    }),
    exportSecrets: async () => [{ name: 'planted', value: 'planted-value-1234' }],
    putServer: async () => {
      throw new TypeError('could not read "planted-value-1234"')
    },
  }
  return new Proxy(handled, {
    get: (target, name) => Reflect.get(target, name) ?? (() => notExpected(String(name))),
  }) as Registry
}

function createTestServices(kept: Kept, events: GatewayEvents): ControlServices {
  return {
    ...unusedServices(),
    registry: createTestRegistry(kept),
    vault: createTestVault(kept),
    gate: { setPaused: (paused) => void (kept.paused = paused) },
    status: (controlUrl) => ({
      version: '0',
      vault: kept.vault,
      dataUrl: 'http://127.0.0.1:1',
      controlUrl,
      startedAt: time,
      paused: kept.paused,
      callsInFlight: 0,
      exchangesDropped: 0,
    }),
    dataUrl: 'http://127.0.0.1:1',
    events,
  }
}

function createTestVault(kept: Kept): ControlServices['vault'] {
  return {
    get state() {
      return kept.vault
    },
    create: async () => void (kept.vault = 'unlocked'),
    unlock: async (key) => {
      if (!('passphrase' in key) || key.passphrase !== 'right') throw new GatewayError('vault_wrong_passphrase')
      kept.vault = 'unlocked'
    },
    lock: async () => void (kept.vault = 'locked'),
    createRecoveryKey: async () => 'RECOVERY',
    setPassphrase: async () => undefined,
    oauthClients: { list: async () => [] },
  }
}

const unusedPreferences: ControlServices['preferences'] = {
  settings: async () => notExpected('settings'),
  putSettings: async () => notExpected('putSettings'),
  listFilters: async () => notExpected('listFilters'),
  getFilter: async () => notExpected('getFilter'),
  putFilter: async () => notExpected('putFilter'),
  removeFilter: async () => notExpected('removeFilter'),
}

/** Services that tests of the port do not get to, or find empty. */
const unusedAccounts: ControlServices['accounts'] = {
  connect: async () => notExpected('connect'),
  attempt: () => undefined,
  list: async () => [],
  get: async () => undefined,
  choose: async () => notExpected('choose'),
  tokenFor: async () => notExpected('tokenFor'),
  connectUrlFor: () => notExpected('connectUrlFor'),
  remove: async () => notExpected('remove'),
}

function unusedServices(): Omit<ControlServices, 'registry' | 'vault' | 'gate' | 'status' | 'dataUrl' | 'events'> {
  return {
    masked: async (value) => value,
    exchanges: {
      list: async () => ({ items: [], nextCursor: 'next' }),
      get: async () => undefined,
      clear: async () => notExpected('clear'),
      export: () => notExpected('export'),
      replay: async () => notExpected('replay'),
      call: async () => notExpected('call'),
    },
    preferences: unusedPreferences,
    written: async () => undefined,
    firstRun: { addDemoServer: async () => notExpected('addDemoServer') },
    agentConfigs: {
      list: async () => [],
      import: async () => notExpected('import'),
      preview: async () => notExpected('preview'),
      connect: async () => notExpected('connect'),
      undo: async () => notExpected('undo'),
      disconnect: async () => notExpected('disconnect'),
    },
    issuances: { list: async () => notExpected('issuances'), get: async () => notExpected('an issuance') },
    signIn: { grants: async () => [], removeGrant: async () => notExpected('grants'), rotateKeys: async () => 'kid' },
    explain: async () => notExpected('explain'),
    servers: {
      state: () => ({ status: 'ready' }),
      noteSignIns: async () => undefined,
      health: () => ({ sessions: 0, stopped: false }),
      warnings: () => [],
      start: async () => notExpected('start'),
      stop: async () => notExpected('stop'),
      restart: async () => notExpected('restart'),
      probe: async () => notExpected('probe'),
      tools: async () => notExpected('tools'),
      offers: async () => notExpected('offers'),
    },
    accounts: unusedAccounts,
    shield: {
      starters: [],
      approvals: () => [],
      decide: async () => notExpected('decide'),
      backtest: async () => notExpected('backtest'),
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface TestPort {
  readonly services: ControlServices
  readonly values: Kept['values']
  readonly applied: Kept['applied']
  setState(state: VaultState): void
  readonly port: ControlPort
  readonly events: GatewayEvents
  /** Everything logged so far. */
  log(): string
  /** Sends with exactly these headers, which `fetch` would not do. */
  send(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>
  /** Opens the stream of events. */
  listen(): Promise<{ readonly response: IncomingMessage; end(): void }>
  /** Signs a browser in. @returns the session's cookie */
  signIn(): Promise<string>
  close(): Promise<void>
}

export async function startTestPort(): Promise<TestPort> {
  const staticDir = await mkdtemp(join(tmpdir(), 'gatehouse-page-'))
  await writeFile(join(staticDir, 'index.html'), '<!doctype html><title>the page</title>')
  const kept = new Kept()
  const events = createEvents()
  const services = createTestServices(kept, events)
  let log = ''
  const logger = pino({}, { write: (line: string) => void (log += line) })
  const port = await createControlPort({ port: 0, controlToken: token, staticDir, services, logger })
  const open = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    const request = httpRequest({ host: '127.0.0.1', port: port.port, method, path, headers, agent: false })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.setEncoding('utf8')
    return { request, response }
  }
  const send: TestPort['send'] = async (method, path, headers = {}, body) => {
    const { response } = await open(method, path, headers, body)
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return { status: response.statusCode ?? 0, headers: response.headers, text }
  }
  return {
    services,
    events,
    values: kept.values,
    applied: kept.applied,
    setState: (state) => void (kept.vault = state),
    port,
    log: () => log,
    send,
    async listen() {
      const { request, response } = await open('GET', '/api/v1/events', bearer)
      return { response, end: () => request.destroy() }
    },
    async signIn() {
      const link = new URL(port.createSessionLink().url)
      const { headers } = await send('GET', link.pathname + link.search)
      return String(headers['set-cookie']?.[0]?.split(';')[0])
    },
    async close() {
      await port.close(0)
      await rm(staticDir, { recursive: true })
    },
  }
}
