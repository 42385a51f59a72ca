/** Part of the composition root: the demo server's registration. */
import type { FirstRunServices } from './control-port/control-services.js'
import { demoPath } from './demo-server/answer-demo.js'
import type { Registry } from './registry/registry.js'

/** @param dataUrl of the data port, where the demo server is */
export function assembleFirstRun(registry: Registry, dataUrl: string): FirstRunServices {
  return { addDemoServer: () => addDemoServer(registry, `${dataUrl}${demoPath}`) }
}

/** Registers it as `demo`, or by the next name that is free; does nothing where it is registered at this address. */
async function addDemoServer(registry: Registry, url: string): ReturnType<FirstRunServices['addDemoServer']> {
  const servers = registry.snapshot?.servers ?? new Map<string, never>()
  for (let count = 1; ; count++) {
    const slug = count === 1 ? 'demo' : `demo-${count}`
    const known = servers.get(slug)
    const knownUrl = known?.resolved.config.url
    if (known !== undefined && knownUrl === url && known.disabledReason === undefined) return known
    // The port may have changed since it was registered.
    if (known === undefined || isDemo(knownUrl)) return registry.putServer(slug, { url })
  }
}

function isDemo(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  const { hostname, pathname } = new URL(url)
  return hostname === '127.0.0.1' && pathname === demoPath
}
