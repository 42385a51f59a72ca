/**
 * The way of one request through the gateway, from the data port to the server and back. Read it from top to bottom:
 * each line is a stage, each stage a file, and each takes what the one before gives.
 */
import type { ServerResponse } from 'node:http'
import { BrokenAnswer } from '../servers/forward-http.js'
import { clearWithShield } from './clear-with-shield.js'
import { hopOf, sessionEraOf } from './hop.js'
import { leavingOf } from './leaving-of.js'
import { identifyCaller } from './identify-caller.js'
import { obtainCredentials } from './obtain-credentials.js'
import { planRequest } from './plan-request.js'
import type { PipelinePorts } from './ports.js'
import { readRequest } from './read-request.js'
import { Recording } from './recording.js'
import { replyWithError } from './reply-with-error.js'
import { routeToServer } from './route-to-server.js'
import { sendToServer } from './send-to-server.js'
import type { Arrived } from './stages.js'

export async function handleRequest(arrived: Arrived, response: ServerResponse, ports: PipelinePorts): Promise<void> {
  const recording = new Recording(arrived)
  ports.gate.entered(arrived.httpMethod)
  let answered: (() => void) | undefined
  try {
    const known = await identifyCaller(arrived, ports, recording)
    answered = ports.openRequests.begin(known.recognised, response, recording)
    const read = readRequest(known, recording)
    const routed = routeToServer(read, ports)
    const cleared = await clearWithShield(routed, ports, recording, () => leavingOf(response))
    const hop = hopOf(cleared, ports)
    const planned = planRequest(cleared, hop, recording, sessionEraOf(cleared, hop, ports))
    const credentialed = await obtainCredentials(planned, ports, recording)
    await sendToServer(credentialed, response, ports, recording)
  } catch (error) {
    if (!(error instanceof BrokenAnswer)) replyWithError(error, arrived, response, ports, recording)
  } finally {
    answered?.()
    ports.gate.left(arrived.httpMethod)
    ports.record(recording.finish())
  }
}
