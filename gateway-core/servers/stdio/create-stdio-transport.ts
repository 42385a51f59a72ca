/**
 * A server that is a child process, spoken to over its standard input and output (MCP, transports, stdio).
 *
 * Whichever way the transport ends, no process of the server stays: `end-process-group.ts` for its own end,
 * `child-guard.ts` for the gateway's.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { GatewayError } from '../../contract/errors.js'
import type { JsonRpcMessage } from '../../contract/json-rpc.js'
import { randomHex } from '../../random-hex.js'
import type { SendOptions, ServerTransport, TransportEvents } from '../transport.js'
import { startChildGuard, type ChildGuard } from './child-guard.js'
import { endProcessGroup, endWindowsTree, hasExited } from './end-process-group.js'
import { errorCode } from './error-code.js'
import { LineWriter } from './line-writer.js'
import { createMessageReader } from './read-messages.js'
import { createStderrReader } from './read-stderr.js'
import { createRecentLines, maxLineBytes, type RecentLines } from './recent-lines.js'
import { isWindows, prepareCommand, spawnServer, startFailure, systemRoot, type ServerCommand } from './spawn-server.js'

export interface StdioOptions extends ServerCommand {
  /** Values in `args` and `env` that are masked wherever lines of the server are kept or told. */
  readonly secrets: readonly string[]
  /** A line of standard error, cleaned, at most 2 KB. Of a flood only a part is told. */
  onStderr(line: string): void
  /** How long the server has to end by itself after its input was closed, and once more after SIGTERM. 2 s by default. */
  readonly graceMs?: number
}

export interface StdioTransport extends ServerTransport {
  readonly kind: 'stdio'
  /** The last 200 lines of standard error, oldest first. */
  stderr(): readonly string[]
  /** Lines on standard output that were no messages: how many, and the last 20 of them. */
  stray(): { readonly count: number; readonly lines: readonly string[] }
}

const defaultGraceMs = 2000
const maxStderrLines = 200
const maxStrayLines = 20
/** Waiting to be taken by the server. Beyond that it does not read, and further messages are refused. */
const maxQueuedBytes = 64 * 1024 * 1024
/** From the end of a process to the end of its output, which something that it started may hold open. */
const drainMs = 500
/** From the end of its input or output to its own end, which says more. */
const lateExitMs = 1000

/** Makes a transport that is not started. It starts one process, once. */
export function createStdioTransport(options: StdioOptions, events: TransportEvents): StdioTransport {
  return new ChildProcessTransport(options, events)
}

class ChildProcessTransport implements StdioTransport {
  readonly kind = 'stdio'
  readonly #options: StdioOptions
  readonly #events: TransportEvents
  readonly #graceMs: number
  readonly #mark = randomHex(16)
  readonly #stderr: RecentLines
  readonly #stray: RecentLines
  #strayCount = 0
  #isStarted = false
  #isClosing = false
  #child: ChildProcessWithoutNullStreams | undefined
  #input: LineWriter | undefined
  #guard: ChildGuard | undefined
  /** Why it is over, once it is. */
  #over: GatewayError | undefined
  readonly #whenOver: Promise<GatewayError>
  #settleOver: (reason: GatewayError) => void = () => undefined
  #lateExit: NodeJS.Timeout | undefined
  #drained: Promise<void> = Promise.resolve()
  #ending: Promise<void> | undefined

  constructor(options: StdioOptions, events: TransportEvents) {
    this.#options = options
    this.#events = events
    this.#graceMs = options.graceMs ?? defaultGraceMs
    this.#stderr = createRecentLines(maxStderrLines, options.secrets)
    this.#stray = createRecentLines(maxStrayLines, options.secrets)
    this.#whenOver = new Promise((resolve) => (this.#settleOver = resolve))
  }

  async start(): Promise<void> {
    if (this.#isStarted) throw new GatewayError('internal', { detail: 'A transport is started once.' })
    this.#isStarted = true
    const prepared = await prepareCommand(this.#options, this.#mark)
    if (this.#over !== undefined) throw this.#over
    if (!isWindows) this.#guard = startChildGuard(this.#mark, this.#graceMs, (reason) => this.#tellNoGuard(reason))
    const code = await this.#spawn(() => spawnServer(prepared))
    if (code === undefined) return
    await this.#guard?.release()
    const failure = await startFailure(prepared, code)
    this.#over ??= failure
    this.#settleOver(this.#over)
    throw this.#over
  }

  send(message: JsonRpcMessage, { timeoutMs }: Pick<SendOptions, 'timeoutMs'>): Promise<void> {
    const input = this.#input
    if (this.#over !== undefined) return Promise.reject(this.#over)
    if (input === undefined) return Promise.reject(this.#unreachable('has not been started'))
    if (input.queuedLength > maxQueuedBytes) return Promise.reject(this.#notTaken())
    return input.write(JSON.stringify(message), timeoutMs)
  }

  close(): Promise<void> {
    this.#isClosing = true
    this.#finish(this.#unreachable('has been stopped'))
    return this.#end()
  }

  stderr(): readonly string[] {
    return this.#stderr.lines()
  }

  stray(): { readonly count: number; readonly lines: readonly string[] } {
    return { count: this.#strayCount, lines: this.#stray.lines() }
  }

  /** @returns undefined when the process runs, or the code of the system's error */
  async #spawn(spawn: () => ChildProcessWithoutNullStreams): Promise<string | undefined> {
    try {
      const child = spawn()
      const failed = new Promise<string | undefined>((resolve) => {
        child.once('spawn', () => resolve(undefined))
        // A listener that stays: without one, an error would end the gateway.
        child.on('error', (error) => resolve(errorCode(error)))
      })
      if (child.pid !== undefined) {
        this.#guard?.watch(child.pid)
        this.#child = child
        this.#input = new LineWriter(child.stdin, { notTaken: () => this.#notTaken(), whenOver: this.#whenOver })
        this.#listen(child)
      }
      return await failed
    } catch (error) {
      return errorCode(error)
    }
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    const messages = createMessageReader({
      message: (message) => {
        if (this.#over === undefined) this.#events.message(message, undefined)
      },
      stray: (line) => {
        this.#strayCount++
        this.#stray.add(Buffer.from(line.slice(0, maxLineBytes + 4)))
      },
      tooLong: () => this.#finish(this.#unreachable('sent a line of more than 64 MiB')),
      rubbish: () =>
        this.#finish(
          this.#unreachable(
            'writes much to its standard output, and no MCP message',
            'Check that the command starts an MCP server over stdio, and that it logs to standard error.',
          ),
        ),
    })
    child.stdout.on('data', messages)
    const errors = createStderrReader(this.#stderr, (line) => this.#options.onStderr(line))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.stderr.once('close', () => errors.end())
    // Broken pipes and the like: the process is ending, or cannot be spoken to any more.
    child.stdin.on('error', () => this.#finishUnlessExits('does not take messages any more'))
    child.stdout.on('error', () => this.#finishUnlessExits('cannot be read any more'))
    child.stderr.on('error', () => undefined)
    child.stdout.once('end', () => this.#finishUnlessExits('closed its standard output'))
    child.once('exit', (code, signal) => this.#exited(child, code, signal))
  }

  #exited(child: ChildProcessWithoutNullStreams, code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#lateExit)
    this.#drained = new Promise((resolve) => {
      const late = setTimeout(resolve, drainMs)
      child.once('close', () => {
        clearTimeout(late)
        resolve()
      })
    })
    // What it started and left behind goes now, and with it what holds its output open.
    void this.#end()
    void this.#drained.then(() => {
      const last = this.stderr().at(-1)
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
      this.#finish(
        this.#unreachable(
          last === undefined || last === '' ? how : `${how}: ${last}`,
          'Read what the server wrote to standard error, or run its command in a terminal.',
        ),
      )
    })
  }

  /** What is seen first of a process that ends is often a closed pipe; how it ended says more. */
  #finishUnlessExits(what: string): void {
    if (this.#over !== undefined || (this.#child !== undefined && hasExited(this.#child))) return
    this.#lateExit ??= setTimeout(() => this.#finish(this.#unreachable(what)), lateExitMs)
  }

  #finish(reason: GatewayError): void {
    if (this.#over !== undefined) return
    this.#over = reason
    clearTimeout(this.#lateExit)
    this.#settleOver(reason)
    void this.#end()
    if (!this.#isClosing) this.#events.closed(reason)
  }

  #end(): Promise<void> {
    if (this.#child === undefined) return Promise.resolve()
    this.#ending ??= this.#endChild(this.#child)
    return this.#ending
  }

  async #endChild(child: ChildProcessWithoutNullStreams): Promise<void> {
    this.#input?.flush()
    child.stdin.end()
    if (isWindows) await endWindowsTree(child, this.#graceMs, systemRoot)
    else await endProcessGroup(child, this.#graceMs)
    await this.#guard?.release()
    if (hasExited(child)) await this.#drained
    // A process that is out of reach may still hold the other ends.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  }

  #tellNoGuard(reason: string): void {
    const line = `(no guard: should the gateway be killed, the processes of this server may stay: ${reason})`
    this.#options.onStderr(this.#stderr.add(Buffer.from(line)))
  }

  #notTaken(): GatewayError {
    return new GatewayError('server_timeout', {
      detail: `The server ${this.#options.slug} does not read what it is sent.`,
      fix: 'Restart the server.',
    })
  }

  #unreachable(what: string, fix = 'Restart the server.'): GatewayError {
    return new GatewayError('server_unreachable', { detail: `The server ${this.#options.slug} ${what}.`, fix })
  }
}
