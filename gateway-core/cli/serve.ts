/** `gatehouse serve`: runs the gateway in this process until it is told to stop. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { startGateway, type RunningGateway } from '../create-gateway.js'
import { readProfile } from '../profiles/read-profile.js'
import type { Keychain } from '../vault/vault.js'
import type { ProfileFile } from '../registry/registry.js'
import { requirePositionals, type Arguments, type Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import { portFrom } from './environment.js'
import { createLogger } from './logger.js'
import { findParentPort, meetApp } from './parent-port.js'
import { readPassphrase } from './passphrase.js'
import { findPortHolder, requireFreePorts } from './port-holder.js'
import { namingErrors, readProfileFile } from './profile-file.js'
import { ensureDataDir, removeRunFile, writeRunFile, type RunFile } from './run-file.js'
import { findKeychain } from './system-keychain.js'

export const serve: Command = {
  usage: [
    'serve [--port 4283] [--control-port 4284] [--passphrase-file FILE] [--no-keychain] [--profile FILE]... [--approve-commands] [--allow-origin URL]... [--host ADDRESS] [--no-recording]',
  ],
  options: {
    port: { type: 'string' },
    'control-port': { type: 'string' },
    'passphrase-file': { type: 'string' },
    'no-keychain': { type: 'boolean' },
    profile: { type: 'string', multiple: true },
    'approve-commands': { type: 'boolean' },
    'allow-origin': { type: 'string', multiple: true },
    host: { type: 'string' },
    'no-recording': { type: 'boolean' },
  },
  async run(args) {
    requirePositionals(args)
    const signal = waitForSignal()
    const logger = createLogger()
    const port = findParentPort()
    const app = port === undefined ? undefined : await meetApp(port, findKeychain)
    const stopRequested = Promise.race([signal, ...(app === undefined ? [] : [app.stopRequested])])
    const keychain = app === undefined ? () => findKeychain() : async () => app.keychain
    const { gateway, run } = await start(args, logger, keychain)
    app?.onUnlock(() => gateway.unlockWithKeychain())
    announce(args, gateway, run)
    logger.info({ by: await stopRequested }, 'stopping')
    await gateway.stop()
    await removeRunFile(args.dataDir, run)
    await new Promise<void>((resolve) => logger.flush(() => resolve()))
    // A child process or a socket that does not end by itself must not keep this one.
    process.exit(0)
  },
}

async function start(
  args: Arguments,
  logger: Logger,
  keychainHere: () => Promise<Keychain | undefined>,
): Promise<{ gateway: RunningGateway; run: RunFile }> {
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
  const keychain = args.has('no-keychain') ? undefined : await keychainHere()
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
    profiles,
    approveCommands,
    records: !args.has('no-recording'),
    oauth: environment.oauth,
    otlpEndpoint: environment.otlpEndpoint,
    staticDir,
    logger,
  }
  const gateway = await startGateway(options).catch(async (error: unknown) => {
    throw await portTaken(error)
  })
  const { dataUrl, controlUrl, controlToken } = gateway
  const run = { dataUrl, controlUrl, controlToken, pid: process.pid, startedAt: new Date().toISOString() }
  await writeRunFile(dataDir, run)
  return { gateway, run }
}

function announce(args: Arguments, gateway: RunningGateway, { pid }: RunFile): void {
  const { dataUrl, controlUrl, controlToken, uiUrl } = gateway
  args.answer({ event: 'ready', dataUrl, controlUrl, controlToken, uiUrl, pid }, () =>
    [`Agents call ${dataUrl}/mcp/SERVER`, `The page, signed in, once: ${uiUrl}`].join('\n'),
  )
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

/** Resolves with the first signal to stop; a second one ends the process at once. */
function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve(signal)
        process.once(signal, () => process.exit(1))
      })
    }
  })
}
