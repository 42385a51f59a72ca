/** The operation of a first run. */
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { describeServer } from './server-handlers.js'

export function firstRunHandlers(services: ControlServices): HandlersOf<'addDemoServer'> {
  const { firstRun } = services
  return {
    addDemoServer: async () => ({ json: await describeServer(await firstRun.addDemoServer(), services) }),
  }
}
