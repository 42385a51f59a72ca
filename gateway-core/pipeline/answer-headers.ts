/** Which of a server's response headers the agent gets. */
import type { ResponseHead } from '../servers/forward-http.js'
import type { Credentialed } from './stages.js'

/**
 * Not passed on: hop-by-hop headers (RFC 9110 §7.6.1), cookies (they would be the gateway's own), and what speaks of
 * the server's origin, which is not the one that the agent sees.
 */
const kept = new Set<string>([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'strict-transport-security',
  'www-authenticate',
  'location',
  'refresh',
  'clear-site-data',
  'x-request-id',
])

export function answerHeaders(request: Credentialed, head: ResponseHead): Record<string, string | string[]> {
  const answer: Record<string, string | string[]> = { 'x-request-id': request.requestId }
  const nominated = namedByConnection(head.headers['connection'])
  for (const [name, value] of Object.entries(head.headers)) {
    if (value === undefined || kept.has(name) || name.startsWith('access-control-') || nominated.includes(name))
      continue
    answer[name] = value
  }
  const challenge = head.headers['www-authenticate']
  if (challenge !== undefined && request.server.resolved.appAuth.type === 'passthrough')
    answer['www-authenticate'] = rewriteChallenge([challenge].flat().join(', '), request)
  return answer
}

function namedByConnection(connection: string | string[] | undefined): readonly string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return []
  return [connection]
    .flat()
    .join(',')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
}

/** Where the server's challenge names its protected-resource metadata, the agent is sent to the gateway's copy. */
function rewriteChallenge(challenge: string, { baseUrl, slug, agent }: Credentialed): string {
  // The per-agent paths have no discovery at all.
  if (agent !== undefined) return challenge.replace(/,?\s*resource_metadata=(?:"[^"]*"|[^\s,]+)/gi, '')
  return challenge.replace(
    /resource_metadata=(?:"[^"]*"|[^\s,]+)/gi,
    `resource_metadata="${resourceMetadataUrl(baseUrl, slug)}"`,
  )
}

/** Where the gateway serves the protected-resource metadata of a server, or of all as one (RFC 9728 §3.1). */
export function resourceMetadataUrl(baseUrl: string, slug: string): string {
  return `${baseUrl}/.well-known/oauth-protected-resource/mcp${slug === '' ? '' : `/${slug}`}`
}
