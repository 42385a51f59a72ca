/**
 * Turns an HTTP request into what the pipeline begins with: method, media type and size checked, body read, request and
 * trace ids settled.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../contract/errors.js'
import { requestIdPattern } from '../pipeline/request-ids.js'
import type { Arrived } from '../pipeline/stages.js'
import { userAgent } from '../version.js'
import { randomHex } from '../random-hex.js'
import { traceIdOf } from '../trace-context.js'

const maxBodyBytes = 16 * 1024 * 1024
/** A body that is too large is read to its end all the same, so far: an agent that is still sending hears no answer. */
const maxDiscardedBytes = 8 * maxBodyBytes

const ownUserAgent = { name: 'user-agent', value: userAgent, reason: 'made by the gateway' }
const empty = Buffer.alloc(0)

/**
 * @throws GatewayError `method_not_allowed`, `unsupported_media_type`, `payload_too_large`, `payload_unscannable`
 */
export async function receive(
  request: IncomingMessage,
  address: Pick<Arrived, 'slug' | 'agent' | 'baseUrl'>,
): Promise<Arrived> {
  const httpMethod = mcpMethod(request.method)
  const headers = headersOf(request)
  const generated: { name: string; value: string; reason: string }[] = [ownUserAgent]
  let requestId = headers['x-request-id']
  if (requestId === undefined || !requestIdPattern.test(requestId)) {
    requestId = randomUUID()
    generated.push({ name: 'x-request-id', value: requestId, reason: 'made here, so that both hops can be matched' })
  }
  let traceId = traceIdOf(headers['traceparent'])
  if (traceId === undefined) {
    traceId = randomHex(16)
    generated.push({
      name: 'traceparent',
      value: `00-${traceId}-${randomHex(8)}-01`,
      reason: 'made here, so that both hops can be matched',
    })
  }
  const url = request.url ?? '/'
  const query = url.indexOf('?')
  const body = httpMethod === 'POST' ? await readBody(request, headers) : empty
  return {
    slug: address.slug,
    agent: address.agent,
    baseUrl: address.baseUrl,
    requestId,
    traceId,
    generated,
    httpMethod,
    path: query < 0 ? url : url.slice(0, query),
    headers,
    body,
  }
}

function mcpMethod(method: string | undefined): Arrived['httpMethod'] {
  if (method === 'POST' || method === 'GET' || method === 'DELETE') return method
  throw new GatewayError('method_not_allowed', { fix: 'Use POST, GET or DELETE.' })
}

/** Node has joined repeated headers (`joinDuplicateHeaders`); only `set-cookie`, which no request has, would be a list. */
function headersOf(request: IncomingMessage): Readonly<Record<string, string>> {
  return request.headers as Record<string, string>
}

function readBody(request: IncomingMessage, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new GatewayError('unsupported_media_type', {
      detail: 'The body is compressed.',
      fix: 'Send it without Content-Encoding.',
    })
  if (headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    throw new GatewayError('unsupported_media_type', {
      detail: 'The body is not application/json.',
      fix: 'Send Content-Type: application/json.',
    })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let isTooLarge = Number(headers['content-length'] ?? 0) > maxBodyBytes
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBodyBytes) isTooLarge = true
      if (!isTooLarge) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      if (bytes > maxDiscardedBytes) reject(tooLarge())
    })
    request.on('end', () => {
      const [only] = chunks
      if (isTooLarge) reject(tooLarge())
      else resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
    })
    request.on('error', (cause) =>
      reject(new GatewayError('payload_unscannable', { detail: 'The body broke off.', cause })),
    )
  })
}

function tooLarge(): GatewayError {
  return new GatewayError('payload_too_large', { fix: 'Send at most 16 MiB.' })
}
