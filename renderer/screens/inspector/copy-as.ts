/** A recorded call as something to paste elsewhere. What was masked becomes a variable's name: a secret is never in it. */
import { isSensitiveName } from '../../../gateway-core/contract/mask-value.js'
import type { Whole } from './messages.js'
import { prettyJson } from '../../components/json-view.js'

/** Headers that curl sets by itself. */
const ownOfCurl = new Set(['host', 'content-length', 'connection', 'transfer-encoding', 'accept-encoding', 'expect'])

/** @param dataUrl of the gateway, without a slash at the end */
export function curlOf({ request }: Whole, dataUrl: string): string {
  const lines = [`curl -X ${wordOf(request.httpMethod)} ${quote(`${dataUrl}${request.path}`)}`]
  for (const { name, value, masked } of request.headers) {
    const lower = name.toLowerCase()
    if (ownOfCurl.has(lower)) continue
    lines.push(
      masked || isSensitiveName(lower)
        ? `-H "${headerWord(lower)}: ${placeholder(lower, value)}"`
        : `-H ${quote(`${name}: ${value}`)}`,
    )
  }
  if (request.body !== undefined && request.body !== '') lines.push(`--data-raw ${quote(request.body)}`)
  return lines.join(' \\\n  ')
}

export function jsonRpcOf({ request }: Whole): string {
  return prettyJson(request.body ?? '')
}

/** In single quotes the shell takes everything as it is but the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function wordOf(text: string): string {
  return text.replaceAll(/[^A-Za-z]/g, '')
}

function headerWord(name: string): string {
  return name.replaceAll(/[^a-z0-9-]/g, '')
}

/** `Bearer $AUTHORIZATION`: a scheme says nothing, and whoever pastes it needs it. */
function placeholder(name: string, value: string): string {
  const scheme = name === 'authorization' ? /^(Bearer|Basic|DPoP) /.exec(value)?.[0] : undefined
  const variable = name.endsWith('-apikey') ? 'GATEHOUSE_KEY' : headerWord(name).toUpperCase().replaceAll('-', '_')
  return `${scheme ?? ''}$${variable}`
}
