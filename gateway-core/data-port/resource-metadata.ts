/**
 * Protected-resource metadata: of servers that agents sign in to here; and of those whose provider agents sign in to
 * themselves, the server's own document with `resource` rewritten to the URL that the agent uses.
 *
 * @see [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728.html#section-3)
 */
import { request, type Dispatcher } from 'undici'
import { GatewayError } from '../contract/errors.js'
import type { PipelinePorts } from '../pipeline/ports.js'

const timeoutMs = 5_000
const maxBytes = 256 * 1024
const keptMs = 5 * 60_000

export interface ResourceMetadataReader {
  /** The metadata of the resource at this URL; undefined where it publishes none. */
  read(resourceUrl: string): Promise<Readonly<Record<string, unknown>> | undefined>
}

export async function readResourceMetadata(
  slug: string,
  baseUrl: string,
  { registry, vaultState, signIn }: PipelinePorts,
  reader: ResourceMetadataReader,
): Promise<{ readonly status: number; readonly body: object }> {
  if (vaultState() !== 'unlocked')
    return { status: 503, body: problem('vault_locked', 'The vault of Gatehouse is locked.') }
  if (signIn.isInteractive(slug)) return { status: 200, body: ownMetadata(slug, baseUrl) }
  const server = registry.snapshot?.servers.get(slug)
  const { url, auth_mode: authMode } = server?.resolved.config ?? {}
  if (
    server === undefined ||
    url === undefined ||
    (authMode !== 'oauth_passthrough' && server.resolved.appAuth.type !== 'passthrough')
  )
    return { status: 404, body: problem('not_found', 'This server asks for no sign-in by OAuth.') }
  const metadata = await reader.read(url)
  if (metadata === undefined)
    return { status: 404, body: problem('not_found', 'The server publishes no protected-resource metadata.') }
  return { status: 200, body: { ...metadata, resource: `${baseUrl}/mcp/${slug}` } }
}

/** Of a server that agents sign in to here. `offline_access` is none of a resource's. */
function ownMetadata(slug: string, baseUrl: string): object {
  return {
    resource: `${baseUrl}/mcp${slug === '' ? '' : `/${slug}`}`,
    authorization_servers: [baseUrl],
    scopes_supported: ['mcp'],
    bearer_methods_supported: ['header'],
    resource_name: slug === '' ? 'Gatehouse' : slug,
  }
}

function problem(code: string, detail: string): object {
  return { error: code, error_description: detail }
}

/** Looks where RFC 9728 §3.1 says, on the server's own origin only, and keeps what it finds for five minutes. */
export function createResourceMetadataReader(dispatcher: Dispatcher): ResourceMetadataReader {
  const kept = new Map<string, { readonly untilMs: number; readonly document: Readonly<Record<string, unknown>> }>()
  return {
    read: async (resourceUrl) => {
      const known = kept.get(resourceUrl)
      if (known !== undefined && known.untilMs > performance.now()) return known.document
      const { origin, pathname } = new URL(resourceUrl)
      const candidates = new Set([
        `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`,
        `${origin}/.well-known/oauth-protected-resource`,
      ])
      for (const candidate of candidates) {
        const document = await fetchDocument(candidate, dispatcher).catch(() => undefined)
        if (document === undefined) continue
        kept.set(resourceUrl, { untilMs: performance.now() + keptMs, document })
        return document
      }
      return undefined
    },
  }
}

async function fetchDocument(url: string, dispatcher: Dispatcher): Promise<Readonly<Record<string, unknown>>> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new GatewayError('server_unreachable', { detail: 'The metadata is too long.' })
    chunks.push(chunk)
  }
  const document: unknown = statusCode === 200 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new GatewayError('server_unreachable', { detail: 'The server has no metadata there.' })
  return document as Readonly<Record<string, unknown>>
}
