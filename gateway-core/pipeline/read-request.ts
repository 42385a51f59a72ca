/** Stage: reads the message and tells the era. Refuses with `payload_unscannable`. */
import { eraOf, readMessage } from './read-message.js'
import type { Recording } from './recording.js'
import type { Known, Read } from './stages.js'

export function readRequest(known: Known, recording: Recording): Read {
  const message = known.httpMethod === 'POST' ? readMessage(known.body) : undefined
  const read = Object.assign(known, { message, era: eraOf(known.headers, message?.params) })
  recording.read = read
  return read
}
