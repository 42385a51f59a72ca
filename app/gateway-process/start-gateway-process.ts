/** Runs the gateway in a process of its own (`utilityProcess`), and starts it again when it dies. */
import { utilityProcess, type UtilityProcess } from 'electron'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseReadyLine, type ReadyLine } from '../gateway-process/ready-line.js'
import { decideRestart } from './restart-delay.js'

const entry = join(import.meta.dirname, '../gateway/gatehouse.js')
/** The gateway finishes what is in flight within 5 s; after this many milliseconds the app stops waiting for it. */
const stopTimeoutMs = 7_000

export interface GatewayProcess {
  /** True once it was stopped, or was given up. */
  readonly ended: boolean
  /** Called after every start, the ones after a crash included. */
  onReady(listener: (ready: ReadyLine) => void): void
  /** Called when it died too often to try again. */
  onGivenUp(listener: () => void): void
  /** SIGTERM; resolves when it has ended, or after 7 s. */
  stop(): Promise<void>
}

/** Call after the app is ready. */
export function startGatewayProcess(): GatewayProcess {
  let child: UtilityProcess | undefined
  let restart: NodeJS.Timeout | undefined
  let failures = 0
  let ended = false
  let ready: (ready: ReadyLine) => void = () => undefined
  let givenUp: () => void = () => undefined

  function start(): void {
    const startedMs = performance.now()
    child = forkGateway((line) => ready(line))
    child.once('exit', () => {
      child = undefined
      if (ended) return
      const decision = decideRestart(failures, performance.now() - startedMs)
      failures = decision.failures
      if (decision.delayMs !== undefined) {
        restart = setTimeout(start, decision.delayMs)
        return
      }
      ended = true
      givenUp()
    })
  }

  start()
  return {
    get ended() {
      return ended
    },
    onReady: (listener) => (ready = listener),
    onGivenUp: (listener) => (givenUp = listener),
    async stop() {
      ended = true
      clearTimeout(restart)
      if (child !== undefined) await endOf(child)
    },
  }
}

function forkGateway(onReady: (ready: ReadyLine) => void): UtilityProcess {
  const child = utilityProcess.fork(entry, ['serve', '--json'], {
    serviceName: 'Gatehouse gateway',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('The gateway process has no standard output')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const ready = parseReadyLine(line)
    if (ready !== undefined) onReady(ready)
  })
  return child
}

function endOf(child: UtilityProcess): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, stopTimeoutMs)
    child.once('exit', () => {
      clearTimeout(timeout)
      resolve()
    })
    child.kill()
  })
}
