/** Names of the protocol's two eras, as they go over the wire. */
import { version } from '../../version.js'

/** The newest version that is offered in `initialize`. */
export const legacyVersion = '2025-11-25'
export const modernVersion = '2026-07-28'

/** How the gateway presents itself to servers. */
export const gatewayInfo = { name: 'gatehouse', version } as const

/** Keys of `_meta` (2026-07-28, basic § _meta). */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** JSON-RPC error codes that mean something here. */
export const rpcCodes = {
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  urlElicitationRequired: -32042,
} as const
