/**
 * Which inbound headers may never go out, whatever the configuration says, and which names belong to the gateway.
 * The outbound set is built from nothing; these lists say what is not taken over.
 */

/** Headers in which a caller presents a gateway key. */
export const gatewayKeyHeaders: ReadonlySet<string> = new Set(['x-gatehouse-apikey', 'x-highflame-apikey'])

/** Not shown as stripped: each connection has its own. */
export const transportHeaders: ReadonlySet<string> = new Set(['host', 'content-length', 'connection'])

const neverForwarded = new Map<string, string>([
  ['authorization', 'a credential for the gateway stays here'],
  ['cookie', 'cookies never leave'],
  ['user-agent', 'the gateway sends its own'],
  ['accept-encoding', 'the gateway reads plain answers'],
  ['origin', 'says where the agent is, which the server need not know'],
  ['referer', 'says where the agent is, which the server need not know'],
  ['via', 'describes the inbound hop'],
  ['x-real-ip', 'describes the inbound hop'],
  ['forwarded', 'describes the inbound hop'],
  ['expect', 'answered by the gateway'],
  // Hop-by-hop (RFC 9110 §7.6.1)
  ['keep-alive', 'hop-by-hop'],
  ['te', 'hop-by-hop'],
  ['trailer', 'hop-by-hop'],
  ['transfer-encoding', 'hop-by-hop'],
  ['upgrade', 'hop-by-hop'],
  ['http2-settings', 'hop-by-hop'],
])

const neverForwardedPrefixes: readonly (readonly [string, string])[] = [
  ['sec-', 'describes the browser of the agent'],
  ['proxy-', 'hop-by-hop'],
  ['x-forwarded-', 'describes the inbound hop'],
]

/** Why an inbound header of this lower-case name may never be forwarded, or undefined where it may. */
export function whyNeverForwarded(name: string): string | undefined {
  if (gatewayKeyHeaders.has(name)) return 'a gateway key never leaves'
  const reason = neverForwarded.get(name)
  if (reason !== undefined) return reason
  for (const [prefix, why] of neverForwardedPrefixes) if (name.startsWith(prefix)) return why
  return undefined
}

const protocolHeaders: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'last-event-id',
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
])

/** Headers that no rule can restrict: MCP's own, tracing, and what describes the body. */
export function isProtocolHeader(name: string): boolean {
  return protocolHeaders.has(name) || name.startsWith('mcp-')
}

/** Whether a rule that sets a header of this lower-case name would contradict the gateway or the transport. */
export function isReservedForGateway(name: string): boolean {
  return (
    transportHeaders.has(name) ||
    isProtocolHeader(name) ||
    gatewayKeyHeaders.has(name) ||
    name === 'user-agent' ||
    name === 'expect' ||
    neverForwarded.get(name) === 'hop-by-hop' ||
    name.startsWith('proxy-')
  )
}

/** Whether a header value holds a gateway key, under whatever name it came. */
export function holdsGatewayKey(value: string): boolean {
  return value.includes('gh_sk_') || value.includes('hf_sk_')
}
