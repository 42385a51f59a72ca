/**
 * Stage: sends the request and passes the answer on. Refuses with `server_unreachable`, `server_timeout`,
 * `redirect_refused`, `credential_rejected`.
 */
import type { ServerResponse } from 'node:http'
import { GatewayError } from '../contract/errors.js'
import { credentialRejected, isRedirect, redirectRefused } from '../servers/http-failure.js'
import { HttpRefusal } from '../servers/transport.js'
import { BrokenAnswer, forwardHttp, type ResponseHead } from '../servers/forward-http.js'
import { withRenewed } from '../servers/renew-headers.js'
import { gateAnswer } from './gate-answer.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import { passOnRefusal, relayToServer, sessionTarget } from './relay-to-server.js'
import { isOtherEra, mayBeOtherEra } from './other-era.js'
import { ScopesWanted, wantedScopes, withWiderToken } from './wider-token.js'
import { answerHeaders } from './answer-headers.js'
import type { Credentialed } from './stages.js'

export async function sendToServer(
  request: Credentialed,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): Promise<void> {
  if (request.hop !== 'message') return relayToServer(request, response, ports, recording)
  return forwardWithRenewal(request, response, ports, recording).catch(async (error: unknown) => {
    if (!(error instanceof OtherEra)) throw error
    if (await speaksOtherEra(request, ports)) return relayToServer(request, response, ports, recording)
    passOnRefusal(error.refusal, request, response, recording)
  })
}

/** The server refused a message, perhaps because it speaks another era than the agent; it has done nothing with it. */
class OtherEra extends Error {
  constructor(readonly refusal: HttpRefusal) {
    super('the server may speak another era')
  }
}

/** Asks the server itself, once for each caller; a refusal alone may mean anything. */
async function speaksOtherEra(request: Credentialed, ports: PipelinePorts): Promise<boolean> {
  const { slug, caller, era } = request
  const { serverSessions } = ports
  if (!serverSessions.isEraKnown(slug, caller.id, era)) {
    const session = await serverSessions.get(sessionTarget(request, ports)).catch(() => undefined)
    serverSessions.noteEra(slug, caller.id, era, session === undefined || session.about.era === era)
  }
  return serverSessions.isBridged(slug, caller.id, era)
}

/** Where the server refuses a token that can be got anew, the request is sent once more. Its body is at hand. */
async function forwardWithRenewal(
  request: Credentialed,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): Promise<void> {
  try {
    await forwardWidened(request, response, ports, recording)
  } catch (error) {
    const { outbound } = request
    if (!(error instanceof GatewayError) || error.code !== 'credential_rejected' || outbound.renew === undefined)
      throw error
    const headers = withRenewed(outbound.headers, await outbound.renew())
    if (headers === undefined) throw error
    await forwardWidened(Object.assign(request, { outbound: { ...outbound, headers } }), response, ports, recording)
  }
}

/** Where the server wants more scopes than the token has, the request is sent once more with another. */
async function forwardWidened(
  request: Credentialed,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): Promise<void> {
  await withWiderToken(request.outbound, (outbound) =>
    forwardToServer(Object.assign(request, { outbound }), response, ports, recording),
  )
}

async function forwardToServer(
  request: Credentialed,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): Promise<void> {
  const { resolved } = request.server
  const once = resolved.connection === 'per_request'
  const { slug, outbound, caller } = request
  const { dispatcher, tlsMs, release } = ports.connections.acquire(slug, outbound.origin, caller.id, once)
  const sentMs = performance.now()
  let connectedMs = sentMs
  try {
    await forwardHttp(
      {
        dispatcher,
        origin: request.outbound.origin,
        path: request.outbound.path,
        headers: request.outbound.headers,
        httpMethod: request.httpMethod,
        body: request.httpMethod === 'POST' ? request.body : undefined,
        headersTimeoutMs: resolved.timeoutMs,
        // A GET stream is silent for as long as the server has nothing to say.
        bodyTimeoutMs: request.httpMethod === 'GET' || isListening(request) ? 0 : resolved.timeoutMs,
        abortOnDisconnect: () => isGivenUp(request) || recording.isCredentialEnded,
        drainMs: resolved.timeoutMs,
      },
      response,
      {
        connected: () => {
          connectedMs = performance.now()
          recording.connectMs = connectedMs - sentMs
          recording.tlsMs = tlsMs(sentMs)
        },
        holds: ({ status }) =>
          mayBeOtherEra(request, status) &&
          !ports.serverSessions.isEraKnown(request.slug, request.caller.id, request.era),
        held: ({ status, headers }, body) => {
          if (isOtherEra(request, status, body)) throw new OtherEra(new HttpRefusal(status, body, headers))
        },
        gate: (head) => gateAnswer(request, head, ports, recording),
        head: (head) => {
          recording.firstByteAtMs = performance.now()
          recording.firstByteMs = recording.firstByteAtMs - connectedMs
          recording.response = head
          refuseAnswer(request, head)
          noteSession(request, head, ports)
          return answerHeaders(request, head)
        },
        data: (bytes) => recording.capture(bytes),
      },
    )
    ports.states.answered(request.slug)
  } catch (error) {
    if (error instanceof BrokenAnswer && !error.agentLeft) recording.errorCode = 'server_unreachable'
    throw error
  } finally {
    release()
  }
}

/** Whether an agent that leaves does not want the answer any more. */
function isGivenUp({ era, httpMethod }: Credentialed): boolean {
  return era === 'modern' || httpMethod === 'GET'
}

/** A subscription of the stateless era is a stream like GET before it. */
function isListening(request: Credentialed): boolean {
  return request.message?.method === 'subscriptions/listen'
}

function refuseAnswer(request: Credentialed, { status, headers }: ResponseHead): void {
  const scopes = request.outbound.widen === undefined ? undefined : wantedScopes(status, headers)
  if (scopes !== undefined) throw new ScopesWanted(scopes)
  if (isRedirect(status, headers)) throw redirectRefused(status)
  if (status === 401 && request.plan.ownCredential) throw credentialRejected(request.slug)
}

function noteSession(request: Credentialed, { status, headers }: ResponseHead, ports: PipelinePorts): void {
  const given = headers['mcp-session-id']
  const presented = request.headers['mcp-session-id']
  if (typeof given === 'string' && given !== presented && status < 300)
    ports.sessions.give(request.slug, given, request.caller.id)
  if (presented !== undefined && (status === 404 || (request.httpMethod === 'DELETE' && status < 300)))
    ports.sessions.forget(request.slug, presented)
}
