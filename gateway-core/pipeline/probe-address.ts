/** Steps `dns`, `reachable` and `tls` of a probe: whether there is somebody at a server's address, and who that proves to be. */
import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { GatewayError } from '../contract/errors.js'
import { requestFailure } from '../servers/http-failure.js'
import type { Finding, ProbeSteps } from './probe-steps.js'

const dayMs = 24 * 3_600_000

/** @returns the address that it was reached at; undefined where one of the two failed */
export async function probeAddress(url: URL, steps: ProbeSteps): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && (await steps.run('dns', () => lookUp(host))) === undefined) return undefined
  const isSecure = url.protocol === 'https:'
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const socket = await steps.run('reachable', async (signal) => {
    const value = connectTcp({ host, port })
    await connected(value, 'connect', signal)
    return { detail: `${host} accepts connections at ${value.remoteAddress ?? ''} port ${port}.`, value }
  })
  if (socket === undefined) return undefined
  try {
    const address = socket.remoteAddress
    if (!isSecure) return address
    const isTrusted = await steps.run('tls', async (signal) => {
      const name = isIP(host) === 0 ? { servername: host } : {}
      const secured = connectTls({ socket, host, ...name, ALPNProtocols: ['http/1.1'] })
      try {
        await connected(secured, 'secureConnect', signal)
        return { detail: describeTls(secured), value: true }
      } finally {
        secured.destroy()
      }
    })
    return isTrusted === undefined ? undefined : address
  } finally {
    socket.destroy()
  }
}

/** @throws GatewayError `server_unreachable` */
async function lookUp(host: string): Promise<Finding<boolean>> {
  const found = await lookup(host, { all: true }).catch((error: unknown) => {
    const { message } = requestFailure(error instanceof Error ? error : new Error('failed', { cause: error }))
    const fix = 'Check the host name in url, and that this machine’s DNS knows it.'
    throw new GatewayError('server_unreachable', { detail: message, fix })
  })
  const addresses = found.map(({ address }) => address)
  const shown = addresses.slice(0, 8).join(', ')
  return { detail: `${host} is ${shown}${addresses.length > 8 ? ' and others' : ''}.`, value: true }
}

/** @throws GatewayError `server_unreachable`, or the reason of the signal */
async function connected(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve)
    // It stays: an error that nobody hears would end the gateway.
    socket.on('error', (error) => reject(requestFailure(error)))
    socket.once('close', () => reject(requestFailure(new Error('closed'))))
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
      socket.destroy()
    })
  })
}

function describeTls(socket: TLSSocket): string {
  const endsMs = Date.parse(socket.getPeerCertificate().valid_to)
  const days = Math.floor((endsMs - Date.now()) / dayMs)
  const left = Number.isNaN(days) ? '' : `, for ${days} more ${days === 1 ? 'day' : 'days'}`
  return `${socket.getProtocol() ?? 'TLS'}; its certificate is valid${left}.`
}
