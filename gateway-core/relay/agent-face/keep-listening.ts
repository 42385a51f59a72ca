/** Opens a session with a server again, with growing pauses, for an agent that listens to it and calls nothing. */
import type { JsonRpcNotification } from '../../contract/json-rpc.js'
import { reconnectionDelayMs } from '../../reconnection-delay.js'
import type { ServerSession } from '../../servers/server-session.js'

/** What a server would have said of its lists while there was no session is lost: they are to be listed anew. */
const changedMeanwhile: readonly JsonRpcNotification[] = ['tools', 'prompts', 'resources'].map((what) => ({
  jsonrpc: '2.0',
  method: `notifications/${what}/list_changed`,
}))

export interface Listening {
  /** The session that is listened to; undefined once the agent is gone. */
  server(): ServerSession | undefined
  /** Opens a session and listens to it. */
  attach(): Promise<void>
  notify(notification: JsonRpcNotification): void
}

/** @returns what ends it */
export function keepListening(listening: Listening): () => void {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const follow = (): void => {
    const server = listening.server()
    if (server === undefined) return
    void server.ended.then(() => {
      if (isOver) return
      // A call may have opened another one since.
      if (listening.server() === server) reopen(0)
      else follow()
    })
  }
  const reopen = (failures: number): void => {
    timer = setTimeout(
      () => {
        listening.attach().then(
          () => {
            if (isOver) return
            for (const notification of changedMeanwhile) listening.notify(notification)
            follow()
          },
          () => {
            if (!isOver) reopen(failures + 1)
          },
        )
      },
      reconnectionDelayMs(failures, undefined, Math.random()),
    )
    timer.unref()
  }
  follow()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
