/** What a handler of the control API is given, and what it gives. */
import type { OperationAnswer, OperationId, OperationInput } from '../contract/control-api.js'
import type { ProfileFile } from '../registry/registry.js'

/**
 * The answer of a handler: JSON with the operation's usual status unless it says another, or bytes of some type, at once or
 * as they are made.
 */
export type Reply<Id extends OperationId> =
  | { readonly status?: number; readonly json: OperationAnswer<Id> }
  | { readonly type: string; readonly bytes: string | Uint8Array }
  | { readonly type: string; readonly chunks: AsyncIterable<string> }
  | undefined

/** What a handler may look at beside its checked input. */
export interface RequestContext {
  /** Of an operation that takes a profile file. */
  readonly file?: Pick<ProfileFile, 'text' | 'format'>
  /** Whether the client prefers this media type to JSON. */
  prefers(mediaType: string): boolean
  /** Of the request's W3C Trace Context, or made up. */
  readonly traceId: string
  /** `http://127.0.0.1:{port}` of the control port. */
  readonly controlUrl: string
  /** Makes a link that opens the page signed in, once. */
  createSessionLink(): { readonly url: string; readonly expiresAt: string }
}

export type Handler<Id extends OperationId> = (
  input: OperationInput<Id>,
  context: RequestContext,
) => Promise<Reply<Id>> | Reply<Id>

export type HandlersOf<Ids extends OperationId> = { readonly [Id in Ids]: Handler<Id> }
