/** What an agent can be asked by a server, and what the gateway declares for many agents at once. */
import { isRecord, type Params } from '../../contract/json-rpc.js'

/** What can be routed to whichever agent has it. An agent without is never asked: the gateway refuses for it. */
export const sharedCapabilities: Params = {
  sampling: { tools: {} },
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
}

/** Whether the gateway knows who may be asked this. */
export function isKnownAsk(method: string): boolean {
  return method === 'sampling/createMessage' || method === 'elicitation/create' || method === 'roots/list'
}

/** Whether an agent declared that it can be asked this. An empty `elicitation` means forms (2025-11-25). */
export function canBeAsked(capabilities: Params, method: string, params: Params | undefined): boolean {
  const { sampling, elicitation, roots } = capabilities
  switch (method) {
    case 'sampling/createMessage':
      return isRecord(sampling) && (params?.['tools'] === undefined || isRecord(sampling['tools']))
    case 'elicitation/create':
      if (!isRecord(elicitation)) return false
      if (params?.['mode'] === 'url') return isRecord(elicitation['url'])
      return isRecord(elicitation['form']) || !isRecord(elicitation['url'])
    case 'roots/list':
      return isRecord(roots)
    default:
      return false
  }
}

/** Whether a capability has a flag, such as `listChanged`. */
export function hasFlag(capability: unknown, flag: string): boolean {
  return isRecord(capability) && capability[flag] === true
}
