/** A server as part of the merged one, for one caller. */
import type { Answer, JsonRpcNotification } from '../../contract/json-rpc.js'
import type { ServerAbout, SessionCall, SessionListener } from '../../servers/server-session.js'
import type { ToolView } from '../tools/tool-view.js'

/** Its `outbound` is the one of the merged server: where a server's messages go is said by that server's own plan. */
export type MemberCall = SessionCall

export interface Member {
  readonly slug: string
  /** For people; the slug where there is none. */
  readonly title?: string | undefined
  /** Whose authorization lists are fetched with; see `ListRequest`. */
  readonly context: string
  /** How its tools look. Without it they look as the server lists them. */
  readonly view?: ToolView | undefined
  /** Whether the caller's key reaches a tool, by the server's own name for it. */
  readonly mayUse?: ((tool: string) => boolean) | undefined
  /** Undefined until the server has been spoken to. */
  about(): ServerAbout | undefined
  /**
   * Sends a request through every stage that this server's requests go through, with the server's own names and URIs.
   * Lists come as the server has them: `view` and `mayUse` are applied to them afterwards.
   *
   * @throws GatewayError where the request was refused, or the server could not be asked
   */
  call(call: MemberCall): Promise<Answer>
  /** As in `ServerSession`, where the gateway holds a session; otherwise requests of these names are made. */
  subscribe?(uri: string, listener: SessionListener, call: MemberCall): Promise<Answer>
  unsubscribe?(uri: string, listener: SessionListener, call: MemberCall): Promise<Answer>
  listen?(listener: SessionListener): () => void
  notify?(notification: JsonRpcNotification): void
}

/** Whether the server declares a capability; undefined where it is not known yet. */
export function declares(member: Member, capability: string): boolean | undefined {
  const about = member.about()
  return about === undefined ? undefined : about.capabilities[capability] !== undefined
}
