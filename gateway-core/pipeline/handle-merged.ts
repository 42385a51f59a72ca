/** The way of one request to `/mcp`: recognised once, then answered out of requests to the servers behind it. */
import type { ServerResponse } from 'node:http'
import { channelOf } from '../relay/agent-face/channel-of.js'
import { identifyCaller } from './identify-caller.js'
import { mergedSessionFor, type MergedRequest } from './merged-sessions.js'
import type { PipelinePorts } from './ports.js'
import { readRequest } from './read-request.js'
import { Recording } from './recording.js'
import { errorBody } from './error-body.js'
import { messageOf } from './relay-to-server.js'
import { replyWithError } from './reply-with-error.js'
import type { Arrived } from './stages.js'

/** Longest silence of a server, where it says nothing of its own; the same for an agent that is asked. */
const timeoutMs = 300_000

/** @param arrived with an empty slug */
export async function handleMerged(arrived: Arrived, response: ServerResponse, ports: PipelinePorts): Promise<void> {
  const recording = new Recording(arrived)
  let exchanges = 0
  let answered: (() => void) | undefined
  try {
    const known = await identifyCaller(arrived, ports, recording)
    answered = ports.openRequests.begin(known.recognised, response, recording)
    const read = readRequest(known, recording)
    const { requestId } = arrived
    const channel = channelOf(response, {
      head: (status, headers) => {
        recording.response = { status, headers }
        return { ...headers, 'x-request-id': requestId }
      },
      data: (bytes) => recording.capture(bytes),
    })
    // It goes nowhere itself; requests that are made for it take from it what they need.
    const outbound: MergedRequest = { origin: '', path: '', headers: [], read, recorded: () => void exchanges++ }
    const { message, httpMethod, headers, era } = read
    await ports.agentFace.answer(
      {
        scope: '',
        callerId: read.caller.id,
        httpMethod,
        headers,
        era,
        message: message === undefined ? undefined : messageOf(message.value),
        outbound,
        timeoutMs,
        errorBody: (error, id) => errorBody(error, id, requestId),
      },
      async () => mergedSessionFor(known, ports),
      channel,
    )
  } catch (error) {
    replyWithError(error, arrived, response, ports, recording)
  } finally {
    answered?.()
    // What went to servers is recorded as exchanges with them.
    if (exchanges === 0) ports.record(recording.finish())
  }
}
