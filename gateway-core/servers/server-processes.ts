/** What is known of the processes of servers over their restarts. */
import { GatewayError } from '../contract/errors.js'
import type { ServerHealth } from '../contract/server-health.js'
import type { StdioTransport } from './stdio/create-stdio-transport.js'
import { createRestartDelay, type RestartDelay } from './stdio/restart-delay.js'

interface ProcessRecord {
  readonly delay: RestartDelay
  starts: number
  child: StdioTransport | undefined
  lastStderr: readonly string[]
  lastReason: string | undefined
}

export class ServerProcesses {
  private readonly processes = new Map<string, ProcessRecord>()

  has(slug: string): boolean {
    return this.processes.has(slug)
  }

  forget(slug: string): void {
    this.processes.delete(slug)
  }

  health(slug: string): Partial<ServerHealth> {
    const process = this.processes.get(slug)
    if (process === undefined) return {}
    const { starts, child, lastStderr, lastReason } = process
    const stray = child?.stray()
    return {
      restarts: Math.max(0, starts - 1),
      stderr: child?.stderr() ?? lastStderr,
      ...(stray === undefined || stray.count === 0 ? {} : { strayOutput: stray }),
      ...(lastReason === undefined ? {} : { lastEnd: lastReason }),
    }
  }

  /** @throws GatewayError `server_unreachable` where the process ended too often lately */
  refuseTooOften(slug: string): void {
    const process = this.recordOf(slug)
    const notBeforeMs = process.delay.notBefore()
    if (notBeforeMs === undefined) return
    const seconds = Math.max(1, Math.ceil((notBeforeMs - performance.now()) / 1000))
    throw new GatewayError('server_unreachable', {
      detail:
        `The server ended again and again, so it is not started before ${seconds} s have passed. ${process.lastReason ?? ''}`.trim(),
      fix: `See its last lines with \`gatehouse servers show ${slug}\`; \`gatehouse servers restart ${slug}\` starts it now.`,
    })
  }

  starting(slug: string): void {
    this.recordOf(slug).starts++
  }

  started(slug: string, child: StdioTransport): void {
    const process = this.recordOf(slug)
    process.child = child
    process.delay.started()
  }

  ended(slug: string, reason: GatewayError): void {
    const process = this.processes.get(slug)
    if (process === undefined) return
    process.delay.crashed()
    process.lastReason = reason.detail
    process.lastStderr = process.child?.stderr() ?? process.lastStderr
    process.child = undefined
  }

  private recordOf(slug: string): ProcessRecord {
    let process = this.processes.get(slug)
    if (process === undefined) {
      process = { delay: createRestartDelay(), starts: 0, child: undefined, lastStderr: [], lastReason: undefined }
      this.processes.set(slug, process)
    }
    return process
  }
}
