/**
 * Sends what a person wants to have called, through the same stages as an agent's request, and records it. It goes out in
 * the stateless era.
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import type { OwnCall } from '../contract/tool-operations.js'
import type { RegisteredServer } from '../registry/registry.js'
import { BrokenAnswer } from '../servers/forward-http.js'
import { gatewayInfo } from '../servers/session/protocol-names.js'
import { clearWithShield } from './clear-with-shield.js'
import { hopOf, sessionEraOf } from './hop.js'
import { obtainCredentials } from './obtain-credentials.js'
import { ownArrival } from './own-request.js'
import { planRequest } from './plan-request.js'
import type { PipelinePorts } from './ports.js'
import { readRequest } from './read-request.js'
import { Recording } from './recording.js'
import { replyWithError } from './reply-with-error.js'
import { requireConsent } from './require-consent.js'
import { routeToServer } from './route-to-server.js'
import { sendToServer } from './send-to-server.js'
import type { Arrived, Known } from './stages.js'

const modernVersion = '2026-07-28'
const reason = 'made by the gateway'
const local: Caller = { id: 'local', subject: 'local', method: 'none' }

/**
 * Calls a tool, or lists them, as the local user. Resolves when the answer has come, whatever it is, and was handed to
 * the recorder.
 *
 * @returns the id of the request
 * @throws GatewayError `vault_locked`, `unknown_server`; `gateway_paused`; `conflict` where a person has to say yes first
 */
export async function callAsLocal(
  slug: string,
  { tool, arguments: given = {}, confirm }: OwnCall,
  ports: PipelinePorts,
): Promise<string> {
  const { snapshot } = ports.registry
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  const server = snapshot.servers.get(slug)
  if (server === undefined) throw new GatewayError('unknown_server', { detail: `No server is called ${slug}.` })
  if (ports.gate.isPaused) throw new GatewayError('gateway_paused', { fix: 'Resume it: `gatehouse resume`.' })
  const recognised = { caller: local, claims: { sub: local.subject }, authorizationIsOurs: true }
  const ownName = tool === undefined ? undefined : ownNameOf(server, tool)
  if (ownName !== undefined) await requireConsent(slug, ownName, confirm, recognised, ports)
  const message =
    tool === undefined ? modernMessage('tools/list', {}) : modernMessage('tools/call', { name: tool, arguments: given })
  const arrived = ownArrival(slug, reason, message)
  await sendOwn(Object.assign(arrived, { snapshot, server, recognised, caller: local }), ports)
  return arrived.requestId
}

/** Undefined for one that agents do not see: the call is refused on its way. */
function ownNameOf({ view }: RegisteredServer, tool: string): string | undefined {
  return view === undefined ? tool : view.toServer(tool)
}

/** Resolves when the answer has come, whatever it is, and was handed to the recorder. @param replayOf id of an exchange */
export async function sendOwn(known: Known, ports: PipelinePorts, replayOf?: string): Promise<void> {
  const recording = new Recording(known)
  recording.known = known
  if (replayOf !== undefined) recording.replayOf = replayOf
  const response = responseToNobody()
  ports.gate.entered('POST')
  try {
    const routed = routeToServer(readRequest(known, recording), ports)
    const cleared = await clearWithShield(routed, ports, recording, () => undefined)
    const hop = hopOf(cleared, ports)
    const planned = planRequest(cleared, hop, recording, sessionEraOf(cleared, hop, ports))
    const credentialed = await obtainCredentials(planned, ports, recording)
    await sendToServer(credentialed, response, ports, recording)
  } catch (error) {
    if (!(error instanceof BrokenAnswer)) replyWithError(error, known, response, ports, recording)
  } finally {
    ports.gate.left('POST')
    ports.record(recording.finish())
    response.destroy()
  }
}

/** A request of the stateless era: its headers, and its body. @param kept headers beside those that the era asks for */
export function modernMessage(
  method: string,
  params: Params,
  kept: Readonly<Record<string, string>> = {},
): Pick<Arrived, 'headers' | 'body'> {
  const name = params['name'] ?? params['uri']
  const meta = isRecord(params['_meta']) ? params['_meta'] : {}
  const _meta = {
    'io.modelcontextprotocol/clientInfo': gatewayInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
    ...meta,
    'io.modelcontextprotocol/protocolVersion': modernVersion,
  }
  return {
    headers: {
      ...kept,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': modernVersion,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': headerText(name) }),
    },
    body: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } })),
  }
}

/** MCP 2026-07-28: what a field cannot carry goes in base64. */
function headerText(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

/** A response that goes nowhere: what is answered is in the recording. */
function responseToNobody(): ServerResponse {
  const socket = new Nowhere()
  const response = new ServerResponse(new IncomingMessage(socket))
  response.assignSocket(socket)
  return response
}

class Nowhere extends Socket {
  override _read(): void {
    // Nothing ever comes.
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    callback()
  }

  override _writev(_chunks: unknown, callback: (error?: Error | null) => void): void {
    callback()
  }

  override _final(callback: (error?: Error | null) => void): void {
    callback()
  }
}
