/** What `gatehouse serve` does once it is loaded: reads its options and profiles, checks the ports, starts the gateway. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { startGateway, type RunningGateway } from '../create-gateway.js'
import { readProfile } from '../profiles/read-profile.js'
import type { ProfileFile } from '../registry/registry.js'
import type { Keychain } from '../vault/vault.js'
import type { Arguments } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { portFrom } from './environment.js'
import { LogFile } from './log-file.js'
import type { Log } from './logger.js'
import { readPassphrase } from './passphrase.js'
import { findPortHolder, requireFreePorts } from './port-holder.js'
import { namingErrors, readProfileFile } from './profile-file.js'
import { ensureDataDir, writeRunFile, type RunFile } from './run-file.js'

export interface ServingParts {
  readonly log: Log
  /** Where the vault's key may be, looked up only if it is wanted. */
  readonly keychain: () => Promise<Keychain | undefined>
  /** The vault's thread, running already. */
  readonly vaultWorker: Worker
}

/**
 * Starts the gateway that the arguments describe, and writes where it is to `run.json`.
 *
 * @throws UsageError, CommandError and GatewayError, before anything is changed in the data directory where it can be
 */
export async function startServing(
  args: Arguments,
  { log, keychain: findKeychainHere, vaultWorker }: ServingParts,
): Promise<{ gateway: RunningGateway; run: RunFile; file: LogFile | undefined }> {
  const { environment, dataDir } = args
  const [port, controlPort] = [
    portOption(args, 'port', environment.port),
    portOption(args, 'control-port', environment.controlPort),
  ]
  const allowOrigins = (args.list('allow-origin') ?? []).map(originOf)
  const host = args.text('host')
  if (host !== undefined) warnOfHost(host)
  const passphrase = await readPassphrase(args.text('passphrase-file'), environment)
  const profiles = await readProfiles(args.list('profile') ?? [])
  // Before anything is changed in the data directory, which another gateway may be using.
  await requireFreePorts([port, controlPort]).catch(async (error: unknown) => {
    throw await portTaken(error)
  })
  await ensureDataDir(dataDir)
  const file = await keepLog(log, dataDir)
  const keychain = args.has('no-keychain') ? undefined : await findKeychainHere()
  const approveCommands = args.has('approve-commands')
  const staticDir = pageFolder()
  const options = {
    dataDir,
    port,
    controlPort,
    host,
    allowOrigins,
    passphrase,
    keychain,
    vaultWorker,
    profiles,
    approveCommands,
    records: !args.has('no-recording'),
    oauth: environment.oauth,
    otlpEndpoint: environment.otlpEndpoint,
    staticDir,
    logger: log.logger,
  }
  const gateway = await startGateway(options).catch(async (error: unknown) => {
    await file?.close()
    throw await portTaken(error)
  })
  const { dataUrl, controlUrl, controlToken } = gateway
  const run = { dataUrl, controlUrl, controlToken, pid: process.pid, startedAt: new Date().toISOString() }
  await writeRunFile(dataDir, run)
  return { gateway, run, file }
}

/** In `{data-dir}/logs`. A gateway that cannot write there is no worse a gateway. */
async function keepLog({ keepIn, logger }: Log, dataDir: string): Promise<LogFile | undefined> {
  try {
    const file = await LogFile.open(join(dataDir, 'logs'))
    keepIn(file)
    return file
  } catch (error) {
    logger.warn({ err: error }, 'the log is not kept in the data directory')
    return undefined
  }
}

function portOption(args: Arguments, option: string, otherwise: number): number {
  const text = args.text(option)
  return text === undefined ? otherwise : portFrom(text, `--${option}`)
}

/** An origin as browsers send it. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.origin === 'null')
    throw new UsageError('--allow-origin: expected a URL, e.g. https://app.example.com')
  return url.origin
}

function warnOfHost(host: string): void {
  process.stderr.write(
    `gatehouse: warning: with --host ${host} other machines reach the data port, over plain HTTP. A key is all that keeps them out.\n`,
  )
}

/** Reads every profile, and finds out what is wrong with one before anything is started. */
async function readProfiles(paths: readonly string[]): Promise<readonly ProfileFile[]> {
  return Promise.all(
    paths.map((path) =>
      namingErrors(path, async () => {
        const onDisk = await readProfileFile(path)
        if (onDisk.kind === 'sealed')
          throw new CommandError(`${path} is encrypted. Apply it to the running gateway: gatehouse apply`)
        readProfile(onDisk.file, { allowPolicyPaths: false })
        return onDisk.file
      }),
    ),
  )
}

async function portTaken(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'code' in error && 'port' in error && error.code === 'EADDRINUSE')) return error
  const port = Number(error.port)
  const holder = await findPortHolder(port)
  const by = holder === undefined ? '' : ` by ${holder.name} (process ${holder.pid})`
  return new CommandError(
    `Port ${port} is taken${by}. Stop that program, or choose another with --port and --control-port.`,
  )
}

/** The built page, beside the built command line or, from source, in `dist`. Where it is not built there is none. */
function pageFolder(): string {
  const folders = ['../renderer', '../../dist/renderer'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(folder)) ?? folders[0] ?? ''
}
