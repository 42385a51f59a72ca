/** Runs the gateway in a process of its own (`utilityProcess`), and starts it again when it dies. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { FromGateway, ToGateway } from '../../gateway-core/contract/gateway-process.js'
import { answerAboutKey, parseFromGateway, type Keys } from './key-answers.js'
import { parseReadyLine, type ReadyLine } from './ready-line.js'
import { decideRestart } from './restart-delay.js'

/** The gateway finishes what is in flight within 5 s; after this many milliseconds the app ends it. */
const stopTimeoutMs = 7_000
const unlockTimeoutMs = 130_000
const maxLastLines = 20

/** The part of Electron's `UtilityProcess` that is used. */
export interface GatewayChild {
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  postMessage(message: ToGateway): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'exit', listener: (code: number) => void): unknown
  kill(): boolean
}

export interface GatewayProcessParts {
  /** Starts one. Its arguments and environment hold no secret. */
  fork(): GatewayChild
  /** Undefined where the system keeps no keys. */
  readonly keys: Keys | undefined
  /** Each line of its standard error. */
  log(line: string): void
  /** After every start, the ones after a crash included. */
  onReady(ready: ReadyLine): void
  /** It has ended without being told to; it may be started again. */
  onDied(): void
  /** It died too often to try again. `lastLines` of its standard error say why, for people. */
  onGivenUp(lastLines: readonly string[]): void
}

export class GatewayProcess {
  private child: GatewayChild | undefined
  private restart: NodeJS.Timeout | undefined
  private failures = 0
  private isStopping = false
  private wasReady = false
  private lastLines: string[] = []
  private lastId = 0
  private readonly unlocks = new Map<number, (failure: string | undefined) => void>()

  constructor(private readonly parts: GatewayProcessParts) {}

  start(): void {
    this.isStopping = false
    clearTimeout(this.restart)
    if (this.child !== undefined) return
    const startedMs = performance.now()
    this.lastLines = []
    this.wasReady = false
    const child = this.parts.fork()
    this.child = child
    this.listen(child)
    child.once('exit', (code) => this.ended(code, performance.now() - startedMs))
    child.postMessage({ type: 'hello', keychain: this.parts.keys !== undefined })
  }

  /** Opens the vault with the kept key. @throws Error with a message for people */
  async unlock(): Promise<void> {
    const { child } = this
    if (child === undefined) throw new Error('The gateway is not running.')
    const id = ++this.lastId
    const failure = await new Promise<string | undefined>((resolve) => {
      const timeout = setTimeout(() => resolve('The gateway did not answer.'), unlockTimeoutMs)
      this.unlocks.set(id, (result) => {
        clearTimeout(timeout)
        resolve(result)
      })
      child.postMessage({ type: 'unlock', id })
    })
    this.unlocks.delete(id)
    if (failure !== undefined) throw new Error(failure)
  }

  /** Lets what is in flight end; resolves when the process has ended. Nothing starts it again but `start`. */
  async stop(): Promise<void> {
    this.isStopping = true
    clearTimeout(this.restart)
    const { child } = this
    if (child === undefined) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.postMessage({ type: 'stop' })
    const timeout = setTimeout(() => child.kill(), stopTimeoutMs)
    await ended
    clearTimeout(timeout)
  }

  private listen(child: GatewayChild): void {
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = parseReadyLine(line)
        if (ready === undefined) return
        this.wasReady = true
        this.parts.onReady(ready)
      })
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.lastLines = [...this.lastLines, line].slice(-maxLastLines)
        this.parts.log(line)
      })
    child.on('message', (data) => {
      const message = parseFromGateway(data)
      if (message !== undefined) void this.answer(child, message)
    })
  }

  private async answer(child: GatewayChild, message: FromGateway): Promise<void> {
    if (message.type === 'unlocked') this.unlocks.get(message.id)?.(message.failure)
    else if (this.parts.keys !== undefined) {
      const answer = await answerAboutKey(message, this.parts.keys)
      if (this.child === child) child.postMessage(answer)
    }
  }

  private ended(code: number, livedMs: number): void {
    this.child = undefined
    for (const end of this.unlocks.values()) end('The gateway has ended.')
    if (this.isStopping) return
    this.parts.onDied()
    const decision = decideRestart(this.failures, livedMs)
    this.failures = decision.failures
    // It has refused to start and said why, which would be the same the next time.
    const hasRefused = code === 1 && !this.wasReady
    if (decision.delayMs !== undefined && !hasRefused) {
      this.restart = setTimeout(() => this.start(), decision.delayMs)
      return
    }
    this.failures = 0
    this.parts.onGivenUp(this.lastLines)
  }
}
