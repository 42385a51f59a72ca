/** The composition root: the vault, the registry, the pipeline and the two ports, started in order. */
import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { createConnectionRecords } from './agents/connection-records.js'
import { createAgentConfigs } from './agents/create-agent-configs.js'
import type { Machine } from './agents/machine.js'
import { GatewayError } from './contract/errors.js'
import type { ControlServices } from './control-port/control-services.js'
import { createResourceMetadataReader } from './data-port/resource-metadata.js'
import { explain } from './pipeline/explain.js'
import { createServerOperations } from './pipeline/operate-servers.js'
import type { TokenSettings } from './oauth/token-source.js'
import { assembleExchanges } from './assemble-exchanges.js'
import { assembleFirstRun } from './assemble-first-run.js'
import { shieldServices } from './assemble-shield.js'
import { followedPreferences } from './assemble-telemetry.js'
import { assemblePipeline, type PipelineParts } from './assemble-pipeline.js'
import { keepRequestsYoung } from './keep-requests-young.js'
import { createRegistry } from './registry/create-registry.js'
import type { ProfileFile, Registry } from './registry/registry.js'
import { createListedTools } from './relay/tools/listed-tools.js'
import { openVault } from './vault/open-vault.js'
import type { Keychain, Vault, VaultKey } from './vault/vault.js'
import { version } from './version.js'

const graceMs = 5_000

export interface GatewayOptions {
  /** Exists, mode 0700. */
  readonly dataDir: string
  /** 0 takes a free one. */
  readonly port: number
  readonly controlPort: number
  /** An address beside loopback for the data port, where a person asked for it. */
  readonly host?: string | undefined
  readonly allowOrigins: readonly string[]
  /** Opens the vault, or creates it. */
  readonly passphrase?: string | undefined
  /** Opens the vault, or creates it, where no passphrase is given. */
  readonly keychain?: Keychain | undefined
  /** The vault's thread, where it was started before this was loaded. */
  readonly vaultWorker?: Worker | undefined
  readonly profiles: readonly ProfileFile[]
  readonly approveCommands: boolean
  /** Whether exchanges are recorded at all. */
  readonly records: boolean
  /** How authorization servers and token brokers are asked. */
  readonly oauth: TokenSettings
  /** Where traces go unless a setting says otherwise: `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly otlpEndpoint?: string | undefined
  /** Where agents' own files are looked for: this user's home folder. */
  readonly machine?: Machine | undefined
  /** Folder of the built page. */
  readonly staticDir: string
  readonly logger: Logger
}

export interface RunningGateway {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
  /** Opens the page signed in, once. */
  readonly uiUrl: string
  /** Opens the vault with the key in the keychain. @throws GatewayError `vault_wrong_key`, `conflict` */
  unlockWithKeychain(): Promise<void>
  /** Stops accepting, finishes what is in flight within five seconds, writes what is left. */
  stop(): Promise<void>
}

/**
 * Starts a gateway.
 *
 * @throws GatewayError of the vault (`vault_wrong_passphrase`, …) or of a profile (`profile_invalid`)
 * @throws NodeJS.ErrnoException `EADDRINUSE` where a port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  keepRequestsYoung()
  const { logger, oauth, allowOrigins, dataDir, keychain, records } = options
  const startedAt = new Date().toISOString()
  const vault = await openVault({ dataDir, keychain, worker: options.vaultWorker })
  const listedTools = createListedTools()
  const registry = createRegistry({
    vault,
    toolProblems: listedTools.problems,
    checkPolicies: (policies) => parts.pipeline.shield.engine.check(policies),
  })
  const parts = assemblePipeline({ vault, registry, logger, oauth, allowOrigins, listedTools, records })
  const stopParts: (() => Promise<void>)[] = [() => parts.close(), () => registry.close(), () => vault.close()]
  try {
    // What answers on the ports is loaded while the vault's thread derives its key.
    const [{ createDataPort }, { createControlPort }] = await Promise.all([
      import('./data-port/create-data-port.js'),
      import('./control-port/create-control-port.js'),
      openAtStart(vault, options),
    ])
    await registry.catchUp()
    await applyProfiles(registry, options)
    const dataPort = await createDataPort({
      port: options.port,
      host: options.host,
      allowOrigins,
      pipeline: parts.pipeline,
      metrics: parts.metrics,
      resourceMetadata: createResourceMetadataReader(parts.agent),
    })
    stopParts.unshift(() => dataPort.close(graceMs))
    parts.listening(dataPort.port)
    const dataUrl = `http://127.0.0.1:${dataPort.port}`
    const controlToken = randomBytes(32).toString('base64url')
    const controlPort = await createControlPort({
      port: options.controlPort,
      controlToken,
      staticDir: options.staticDir,
      logger,
      services: servicesOf({ vault, registry, parts, dataUrl, startedAt, options }),
    })
    stopParts.unshift(() => controlPort.close(graceMs))
    return {
      dataUrl,
      controlUrl: controlPort.url,
      controlToken,
      uiUrl: controlPort.createSessionLink().url,
      unlockWithKeychain: () => vault.unlock({ keychain: true }),
      stop: () => stopAll(stopParts, logger),
    }
  } catch (error) {
    await stopAll(stopParts, logger)
    throw error
  }
}

interface ServiceSources {
  readonly vault: Vault
  readonly registry: Registry
  readonly parts: PipelineParts
  readonly dataUrl: string
  readonly startedAt: string
  readonly options: Pick<GatewayOptions, 'dataDir' | 'machine' | 'otlpEndpoint'>
}

/** What the control port does its operations with. */
function servicesOf({ vault, registry, parts, dataUrl, startedAt, options }: ServiceSources): ControlServices {
  const { pipeline, recording, events } = parts
  const { gate } = pipeline
  const { dataDir, machine = { home: homedir(), platform: process.platform, env: process.env } } = options
  const connections = createConnectionRecords(dataDir, machine)
  const exchanges = assembleExchanges(vault, recording, pipeline, dataUrl)
  return {
    registry,
    vault,
    dataUrl,
    status: (controlUrl) => ({
      ...{ version, vault: vault.state, dataUrl, controlUrl, startedAt },
      ...{ paused: gate.isPaused, callsInFlight: gate.callsInFlight },
      exchangesDropped: recording.recorder.dropped,
    }),
    exchanges,
    masked: async (value) => JSON.parse(await vault.exchanges.maskJson(JSON.stringify(value))) as typeof value,
    preferences: followedPreferences(vault, recording.traces, options.otlpEndpoint),
    firstRun: assembleFirstRun(registry, dataUrl),
    agentConfigs: createAgentConfigs({ machine, records: connections, dataUrl, registry, clock: Date.now }),
    shield: shieldServices(pipeline.shield, exchanges),
    issuances: pipeline.tokenSource.issuances,
    written: async () => {
      await Promise.all([recording.recorder.flush(), pipeline.tokenSource.issuances.flush()])
    },
    gate,
    explain: (input) => explain(input, pipeline),
    servers: createServerOperations(pipeline),
    events,
    accounts: pipeline.accounts,
    signIn: pipeline.signIn,
  }
}

/** In order, each whatever became of the one before. */
async function stopAll(parts: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const stop of parts)
    await stop().catch((error: unknown) => logger.error({ err: error }, 'a part did not stop cleanly'))
}

/** At once, or as soon as somebody unlocks the vault. */
async function applyProfiles(registry: Registry, { profiles, approveCommands, logger }: GatewayOptions): Promise<void> {
  const apply = async (): Promise<void> => {
    for (const file of profiles) await registry.applyProfile(file, { dryRun: false, approveCommands })
  }
  if (profiles.length === 0) return
  if (registry.snapshot !== undefined) return apply()
  logger.warn('the vault is locked; the profiles are applied when it is unlocked')
  const stop = registry.onChange(() => {
    if (registry.snapshot === undefined) return
    stop()
    apply().catch((error: unknown) => logger.error({ err: error }, 'a profile was not applied'))
  })
}

/** With a passphrase the vault opens or the start fails; a keychain that cannot open it leaves it locked. */
async function openAtStart(vault: Vault, { passphrase, keychain, logger }: GatewayOptions): Promise<void> {
  const open = (key: VaultKey): Promise<void> =>
    vault.state === 'uninitialized' ? vault.create(key) : vault.unlock(key)
  if (passphrase !== undefined) return open({ passphrase })
  if (keychain === undefined) return
  await open({ keychain: true }).catch((error: unknown) => {
    if (!(error instanceof GatewayError) || error.code !== 'vault_wrong_key') throw error
    logger.warn({ reason: error.message }, 'the keychain does not open the vault, so it stays locked')
  })
}
