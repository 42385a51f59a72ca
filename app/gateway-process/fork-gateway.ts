/** Starts the gateway as Electron's `utilityProcess`. */
import { utilityProcess } from 'electron'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Ports } from '../preferences/preferences.js'
import type { GatewayChild } from './gateway-process.js'

const entry = join(import.meta.dirname, '../gateway/gatehouse.js')

/** @param ports undefined for the usual ones */
export function forkGateway(dataDir: string, ports: Ports | undefined): GatewayChild {
  const chosen = ports === undefined ? [] : ['--port', String(ports.data), '--control-port', String(ports.control)]
  const child = utilityProcess.fork(entry, ['serve', '--json', '--data-dir', dataDir, ...chosen], {
    serviceName: 'Gatehouse gateway',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return {
    stdout: readable(child.stdout),
    stderr: readable(child.stderr),
    postMessage: (message) => child.postMessage(message),
    on: (_event, listener) => child.on('message', listener),
    once: (_event, listener) => child.once('exit', listener),
    kill: () => child.kill(),
  }
}

function readable(stream: NodeJS.ReadableStream | null): Readable | null {
  if (stream === null || stream instanceof Readable) return stream
  return new Readable().wrap(stream)
}
