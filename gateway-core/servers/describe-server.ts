import type { ServerHealth } from '../contract/server-health.js'
import type { ServerAbout } from './server-session.js'

const maxNameLength = 100
const maxCapabilities = 20

/** What a server said of itself, cut where it said a lot. */
export function describeServer({
  era,
  protocolVersion,
  serverInfo,
  capabilities,
}: ServerAbout): Pick<ServerHealth, 'era' | 'protocolVersion' | 'name' | 'version' | 'capabilities'> {
  const { name, version } = serverInfo
  return {
    era,
    protocolVersion,
    ...(typeof name === 'string' && name !== '' ? { name: name.slice(0, maxNameLength) } : {}),
    ...(typeof version === 'string' && version !== '' ? { version: version.slice(0, maxNameLength) } : {}),
    capabilities: Object.keys(capabilities)
      .slice(0, maxCapabilities)
      .map((one) => one.slice(0, maxNameLength)),
  }
}
