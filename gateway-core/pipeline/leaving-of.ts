/** Tells when an agent leaves before it has its answer. */
import type { ServerResponse } from 'node:http'
import { StopController, type StopSignal } from '../stop-signal.js'

export function leavingOf(response: ServerResponse): StopSignal {
  const left = new StopController()
  const closed = (): void => {
    if (!response.writableFinished) left.abort()
  }
  response.once('close', closed)
  if (response.closed || response.destroyed) closed()
  return left
}
