/**
 * What an agent talks to where its caller has no account at a server: a session of the gateway's own, whose one tool says
 * how to connect. Nothing of it reaches the server.
 */
import { GatewayError } from '../contract/errors.js'
import type { Answer, Params } from '../contract/json-rpc.js'
import { randomHex } from '../random-hex.js'
import type { RegisteredServer } from '../registry/registry.js'
import { missingAbility } from '../relay/agent-face/agent-abilities.js'
import type { ServerAbout, ServerSession, SessionCall } from '../servers/server-session.js'
import { legacyVersion } from '../servers/session/protocol-names.js'
import { version } from '../version.js'

export interface AccountNeed {
  /** Why, as a sentence. */
  readonly reason: string
  /** Of the request that has none. */
  readonly requestId: string
  /** Makes a link for a person; it works once. */
  connectUrl(): string
  /** Calls back when there is an account. Returns the function that ends it. */
  whenConnected(listener: () => void): () => void
}

const connectTool = {
  name: 'connect_account',
  description: 'Gives the link with which the user connects their account; the other tools appear after that.',
  inputSchema: { type: 'object', properties: {} },
}

const emptyLists: Readonly<Record<string, Params>> = {
  'tools/list': { tools: [connectTool] },
  'prompts/list': { prompts: [] },
  'resources/list': { resources: [] },
  'resources/templates/list': { resourceTemplates: [] },
  ping: {},
  'logging/setLevel': {},
}

/** What the server last answered to a list; undefined where it was never asked. */
export type LastLists = (method: string) => Params | undefined

/** @param lastLists undefined where the server is one of many: their lists leave it out */
export function connectSession(
  server: RegisteredServer,
  need: AccountNeed,
  lastLists: LastLists | undefined,
): ServerSession {
  const call = async (asked: SessionCall): Promise<Answer> => {
    if (asked.method === 'tools/call') return askToConnect(server, need, asked.agent.capabilities)
    const known = Object.hasOwn(emptyLists, asked.method) ? emptyLists[asked.method] : undefined
    if (lastLists !== undefined && typeof known === 'object') return { result: lastLists(asked.method) ?? known }
    throw accountNeeded(server, need)
  }
  return {
    about: aboutOf(server),
    call,
    notify: () => undefined,
    listen: (listener) =>
      need.whenConnected(() => {
        for (const what of ['tools', 'prompts', 'resources'])
          listener.notify({ jsonrpc: '2.0', method: `notifications/${what}/list_changed` })
      }),
    subscribe: (_uri, _listener, asked) => call(asked),
    unsubscribe: async () => ({ result: {} }),
    ended: new Promise(() => undefined),
    close: async () => undefined,
  }
}

/** What the tool that gives the link is answered once there is an account, by an agent that has not listed tools again. */
export function connectedAlready(call: SessionCall, answer: Answer): Answer {
  const isRefused = 'error' in answer || answer.result['isError'] === true
  if (!isRefused || call.method !== 'tools/call' || call.params?.['name'] !== connectTool.name) return answer
  const text = 'The account is connected. List the tools again to see those of the server.'
  return { result: { content: [{ type: 'text', text }] } }
}

/** With everything that a server may have: what it has is not known, and lists say so once there is an account. */
function aboutOf({ slug }: RegisteredServer): ServerAbout {
  return {
    era: 'legacy',
    protocolVersion: legacyVersion,
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true } },
    serverInfo: { name: slug, version },
    instructions: `No account is connected at ${slug} yet. Calling any tool gives the user a link to connect one.`,
  }
}

/** What `tools/call` is answered: the link, in the way that the agent understands. */
export function askToConnect(server: RegisteredServer, need: AccountNeed, capabilities: Params): Answer {
  const url = need.connectUrl()
  const message = `To use ${server.slug}, connect your account. ${need.reason}`
  if (missingAbility(capabilities, 'elicitation/create', { mode: 'url' }) !== undefined) {
    const text = `${message}\n\nOpen this link in a browser, then make the same call again: ${url}`
    return { result: { content: [{ type: 'text', text }], isError: true } }
  }
  const elicitation = { mode: 'url', elicitationId: randomHex(16), url, message }
  // The agent face says it in the words of the agent's era.
  const data = { code: 'account_needed', requestId: need.requestId, elicitations: [elicitation] }
  return { error: { code: -32042, message, data } }
}

export function accountNeeded({ slug }: RegisteredServer, need: AccountNeed): GatewayError {
  return new GatewayError('account_needed', {
    detail: need.reason,
    fix: `Open the link in connectUrl, or run: gatehouse connect ${slug}`,
    connectUrl: need.connectUrl(),
  })
}
