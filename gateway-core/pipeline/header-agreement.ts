/**
 * Whether the headers of a request say what its body says. Shield, keys and credentials go by the body; a server may go by
 * the headers, so that what contradicts itself is refused, and what is left out is worth knowing of.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http § Request Metadata
 */
import { GatewayError } from '../contract/errors.js'
import { decodeHeader, nameInBody } from '../relay/agent-face/modern-envelope.js'
import type { Read } from './stages.js'

/** What became of the request: passed on byte by byte, made anew in a session of the gateway's own, or not sent. */
export type Fate = 'passed on' | 'made anew' | 'refused' | 'not sent'

const whatWasDone: Readonly<Record<Fate, string>> = {
  'passed on': 'They were passed on as they came; the server has to refuse them.',
  'made anew': 'The server got headers that say what the body says.',
  refused: 'The call was refused.',
  'not sent': 'Nothing was sent to the server.',
}

/**
 * Refuses a request of the stateless era with a header that says something else than its body: what was judged has to be
 * what the server does.
 *
 * @throws GatewayError `header_mismatch`
 */
export function refuseContradiction({ headers, message, era }: Pick<Read, 'headers' | 'message' | 'era'>): void {
  if (era !== 'modern' || message === undefined || message.kind === 'response') return
  const inBody = nameInBody(message.method, message.params)
  if (isSame(headers, message.method, inBody)) return
  const [found] = [
    ...differing('Mcp-Method', headers['mcp-method'], message.method ?? undefined, false),
    ...(inBody === undefined ? [] : differing('Mcp-Name', headers['mcp-name'], inBody, false)),
  ]
  if (found !== undefined)
    throw new GatewayError('header_mismatch', { detail: found, fix: 'Send headers that say what the body says.' })
}

const none: readonly string[] = []

/** Letter by letter, as nearly always. */
function isSame(headers: Read['headers'], method: string | null, name: string | undefined): boolean {
  return headers['mcp-method'] === method && headers['mcp-name'] === name
}

/** One sentence for each header, and what the gateway did; none where all agree. */
export function headerProblems(
  { headers, message, shownTool, era }: Pick<Read, 'headers' | 'message' | 'shownTool' | 'era'>,
  fate: () => Fate,
): readonly string[] {
  if (message === undefined || message.kind === 'response') return none
  const { 'mcp-method': method, 'mcp-name': name } = headers
  // A request with neither, of a version that has no use for them, is nearly every one of the older era.
  const areRequired = era === 'modern' && headers['mcp-protocol-version'] !== undefined
  if (method === undefined && name === undefined && !areRequired) return none
  const inBody = shownTool ?? nameInBody(message.method, message.params)
  if (isSame(headers, message.method, inBody)) return none
  const found = [
    ...differing('Mcp-Method', method, message.method ?? undefined, areRequired),
    ...differing('Mcp-Name', name, inBody, areRequired && message.kind === 'request'),
  ]
  return found.length === 0 ? [] : found.map((what) => `${what} ${whatWasDone[fate()]}`)
}

function differing(
  header: string,
  value: string | undefined,
  inBody: string | undefined,
  isRequired: boolean,
): readonly string[] {
  if (value === undefined)
    return isRequired && inBody !== undefined
      ? [`The agent sent no ${header} header, and the body says ${quoted(inBody)}.`]
      : []
  const said = decodeHeader(value)
  if (said === inBody) return []
  if (inBody === undefined)
    return header === 'Mcp-Name'
      ? [`The ${header} header says ${quoted(said ?? value)}, and the body names nothing.`]
      : []
  return [`The ${header} header says ${quoted(said ?? value)}, and the body ${quoted(inBody)}.`]
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 128 ? `${text.slice(0, 128)}…` : text)
}
