/**
 * URIs of resources in the merged server, `gatehouse+{slug}:{uri}`, and where results and notifications hold them. Pure.
 * URI templates (RFC 6570) are prefixed in the same way: what is expanded from one is then a URI of the merged server.
 */
import { isRecord, type Answer, type JsonRpcNotification, type Params } from '../../contract/json-rpc.js'

export function toMergedUri(slug: string, uri: string): string {
  return `gatehouse+${slug}:${uri}`
}

/** Undefined where it is no URI of the merged server. Schemes are the same in either case (RFC 3986 §3.1). */
export function readMergedUri(merged: string): { readonly slug: string; readonly uri: string } | undefined {
  const match = /^gatehouse\+([a-z0-9-]+):/i.exec(merged)
  const slug = match?.[1]?.toLowerCase()
  return match === null || slug === undefined ? undefined : { slug, uri: merged.slice(match[0].length) }
}

/** Of a resource, its contents or a link to it: `uri`; of a template: `uriTemplate`. */
export function withMergedUri(slug: string, holder: unknown): unknown {
  if (!isRecord(holder)) return holder
  const { uri, uriTemplate } = holder
  return {
    ...holder,
    ...(typeof uri === 'string' ? { uri: toMergedUri(slug, uri) } : {}),
    ...(typeof uriTemplate === 'string' ? { uriTemplate: toMergedUri(slug, uriTemplate) } : {}),
  }
}

/**
 * The answer to `tools/call`, `prompts/get` or `resources/read` with the URIs in its content; what a tool says in
 * `structuredContent` and in text is its own.
 */
export function withMergedUris(slug: string, answer: Answer): Answer {
  if ('error' in answer) {
    const { data } = answer.error
    return isRecord(data) ? { error: { ...answer.error, data: withMergedUri(slug, data) } } : answer
  }
  const { content, contents, messages } = answer.result
  const changed: Record<string, unknown> = {}
  if (Array.isArray(content)) changed['content'] = content.map((block) => inBlock(slug, block))
  if (Array.isArray(contents)) changed['contents'] = contents.map((item) => withMergedUri(slug, item))
  if (Array.isArray(messages))
    changed['messages'] = messages.map((message: unknown) =>
      isRecord(message) ? { ...message, content: inBlocks(slug, message['content']) } : message,
    )
  return { result: { ...answer.result, ...changed } }
}

function inBlocks(slug: string, blocks: unknown): unknown {
  return Array.isArray(blocks) ? blocks.map((block) => inBlock(slug, block)) : inBlock(slug, blocks)
}

function inBlock(slug: string, block: unknown): unknown {
  if (!isRecord(block)) return block
  if (block['type'] === 'resource_link') return withMergedUri(slug, block)
  if (block['type'] === 'resource') return { ...block, resource: withMergedUri(slug, block['resource']) }
  return block
}

/** A server's notification as the agent of the merged server gets it; log messages say whose they are. */
export function mergedNotification(slug: string, notification: JsonRpcNotification): JsonRpcNotification {
  const { method, params } = notification
  if (params === undefined) return notification
  if (method === 'notifications/resources/updated')
    return { ...notification, params: withMergedUri(slug, params) as Params }
  if (method !== 'notifications/message') return notification
  const { logger } = params
  return { ...notification, params: { ...params, logger: typeof logger === 'string' ? `${slug}/${logger}` : slug } }
}
