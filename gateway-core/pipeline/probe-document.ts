/**
 * Reads the JSON documents that a server's refusal leads to. What a server names is not trusted: no redirect is followed,
 * no credential sent, and no private address asked unless the server's own is one.
 */
import { lookup as lookUpHost, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { GatewayError } from '../contract/errors.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import { isPrivateAddress } from '../oauth/private-address.js'
import { requestFailure } from '../servers/http-failure.js'
import { userAgent } from '../version.js'

const timeoutMs = 5000
const maxBytes = 256 * 1024

export interface DocumentReader {
  /**
   * @returns undefined where there is no such document
   * @throws GatewayError `server_unreachable`, `server_timeout`, `redirect_refused`
   */
  read(url: string, signal: AbortSignal): Promise<Params | undefined>
  close(): Promise<void>
}

/** @param mayBePrivate whether the server itself is at a private address, and without TLS if `http:` is to be allowed */
export function createDocumentReader(server: URL, mayBePrivate: boolean): DocumentReader {
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(mayBePrivate ? {} : { lookup: lookUpPublic }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  return {
    read: async (url, signal) => {
      const target = URL.canParse(url) ? new URL(url) : undefined
      const isAllowed = target?.protocol === 'https:' || (target?.protocol === 'http:' && server.protocol === 'http:')
      if (target === undefined || !isAllowed) throw refused('It names an address that is not an https: URL.')
      const host = target.hostname.replace(/^\[|\]$/g, '')
      if (!mayBePrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw privateAddress()
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      try {
        return await readJson(target, agent, ends)
      } catch (error) {
        signal.throwIfAborted()
        if (ends.aborted) throw new GatewayError('server_timeout', { detail: `${target.host} did not answer in time.` })
        throw requestFailure(error instanceof Error ? error : new Error('failed', { cause: error }))
      }
    },
    close: () => agent.destroy(),
  }
}

async function readJson(target: URL, dispatcher: Agent, signal: AbortSignal): Promise<Params | undefined> {
  const { statusCode, body } = await request(target, {
    dispatcher,
    signal,
    headers: { accept: 'application/json', 'user-agent': userAgent },
  })
  if (statusCode !== 200) {
    body.on('error', () => undefined).destroy()
    if (statusCode >= 300 && statusCode < 400)
      throw new GatewayError('redirect_refused', { detail: `${target.host} answered ${statusCode}, a redirect.` })
    return undefined
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw refused(`${target.host} answered with more than 256 KiB.`)
    chunks.push(chunk)
  }
  const document = parse(Buffer.concat(chunks).toString('utf8'))
  return isRecord(document) ? document : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(detail: string): GatewayError {
  return new GatewayError('server_unreachable', { detail })
}

function privateAddress(): GatewayError {
  return refused('It names an address in a private network, which is not asked for a server that is not in one.')
}

/** Looks a name up, and fails where any of its addresses is private. */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUpHost(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
    const [first] = addresses ?? []
    if (error !== null) callback(error, '')
    else if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address)))
      callback(privateAddress(), '')
    else if (options.all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  })
}
