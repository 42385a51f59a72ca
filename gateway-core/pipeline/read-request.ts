/** Stage: reads the message and tells the era. Refuses with `payload_unscannable`, `header_mismatch`, `unknown_tool`. */
import { GatewayError } from '../contract/errors.js'
import { isRecord } from '../contract/json-rpc.js'
import type { ToolView } from '../relay/tools/tool-view.js'
import { refuseContradiction } from './header-agreement.js'
import { eraOf, readMessage, type Message } from './read-message.js'
import type { Recording } from './recording.js'
import type { Known, Read } from './stages.js'

export function readRequest(known: Known, recording: Recording): Read {
  const message = known.httpMethod === 'POST' ? readMessage(known.body) : undefined
  const read = Object.assign(known, { message, era: eraOf(known.headers, message?.params) })
  recording.read = read
  refuseContradiction(read)
  const view = known.server?.view
  if (view !== undefined && message?.tool !== undefined) return withOwnTool(read, message, message.tool, view)
  return read
}

/** From here on a tool has the name that its server gave it: keys, Shield and credentials are configured by that. */
function withOwnTool(read: Read, message: Message, shown: string, view: ToolView): Read {
  const tool = view.toServer(shown)
  if (tool === undefined)
    throw new GatewayError('unknown_tool', {
      detail: `The server ${read.slug} has no tool ${JSON.stringify(shown.slice(0, 128))}.`,
      fix: 'Ask for tools/list, and call what it names.',
    })
  if (tool === shown) return read
  const params = { ...message.params, name: tool }
  const value = isRecord(message.value) ? { ...message.value, params } : message.value
  return Object.assign(read, {
    shownTool: shown,
    message: { ...message, tool, params, value, text: JSON.stringify(value) },
  })
}
