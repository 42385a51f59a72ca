/** `gatehouse serve`: runs the gateway in this process until it is told to stop. */
import type { RunningGateway } from '../create-gateway.js'
import { startWorker } from '../vault/start-worker.js'
import { requirePositionals, type Arguments, type Command } from './command.js'
import { createLog } from './logger.js'
import { findParentPort, meetApp } from './parent-port.js'
import { removeRunFile, type RunFile } from './run-file.js'
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
    const log = createLog()
    const { logger } = log
    const port = findParentPort()
    const app = port === undefined ? undefined : await meetApp(port, findKeychain)
    const stopRequested = Promise.race([signal, ...(app === undefined ? [] : [app.stopRequested])])
    const keychain = app === undefined ? () => findKeychain() : async () => app.keychain
    // The vault's thread starts while the gateway, most of which it does without, is loaded.
    const vaultWorker = startWorker()
    const { startServing } = await import('./start-serving.js')
    const { gateway, run, file } = await startServing(args, { log, keychain, vaultWorker })
    app?.onUnlock(() => gateway.unlockWithKeychain())
    announce(args, gateway, run)
    logger.info({ by: await stopRequested }, 'stopping')
    await gateway.stop()
    await removeRunFile(args.dataDir, run)
    await Promise.all([log.flush(), file?.close()])
    // A child process or a socket that does not end by itself must not keep this one.
    process.exit(0)
  },
}

function announce(args: Arguments, gateway: RunningGateway, { pid }: RunFile): void {
  const { dataUrl, controlUrl, controlToken, uiUrl } = gateway
  args.answer({ event: 'ready', dataUrl, controlUrl, controlToken, uiUrl, pid }, () =>
    [`Agents call ${dataUrl}/mcp/SERVER`, `The page, signed in, once: ${uiUrl}`].join('\n'),
  )
}

/** A terminal's Ctrl+C comes from the terminal, and again from whatever started this: that is one signal. */
const sameSignalMs = 500

/** Resolves with the first signal to stop; a second one ends the process at once. */
function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => {
        const nowMs = performance.now()
        if (firstMs !== undefined && nowMs - firstMs > sameSignalMs) process.exit(1)
        firstMs ??= nowMs
        resolve(signal)
      })
  })
}
