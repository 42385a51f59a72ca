/** Agents on the official SDK, v1 and v2, that know nothing but a URL, and the loopback address where they wait for their user. */
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'

/** What an agent keeps between its starts. */
interface KeptTokens {
  access_token: string
  token_type: string
  refresh_token?: string | undefined
}

export class AgentMemory {
  client: { client_id: string; redirect_uris: string[] } | undefined
  kept: KeptTokens | undefined
  private verifier = ''
  private readonly sentState = randomUUID()
  /** Where the agent's user was sent. */
  asked: URL | undefined

  constructor(readonly redirectUrl: string) {}

  get clientMetadata() {
    return { client_name: 'SDK agent', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' }
  }
  state = (): string => this.sentState
  clientInformation = () => this.client
  saveClientInformation = (client: unknown): void => {
    this.client = client as NonNullable<AgentMemory['client']>
  }
  tokens = () => this.kept
  saveTokens = (tokens: KeptTokens): void => {
    this.kept = tokens
  }
  redirectToAuthorization = (url: URL): void => {
    this.asked = url
  }
  saveCodeVerifier = (verifier: string): void => {
    this.verifier = verifier
  }
  codeVerifier = (): string => this.verifier
}

export interface CallbackListener {
  readonly url: string
  /** Resolves with what the next browser brings. */
  next(): Promise<URLSearchParams>
  close(): void
}

export async function listenForCallback(): Promise<CallbackListener> {
  const waiting: ((query: URLSearchParams) => void)[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Done</title>You can close this tab.')
    if (pathname === '/callback') waiting.shift()?.(searchParams)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    next: () => new Promise((resolve) => void waiting.push(resolve)),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Calls a tool; where that takes a sign-in, `userVisits` is given the address and resolves when the user is back. */
export type CallTool = (
  url: string,
  memory: AgentMemory,
  userVisits: (asked: URL) => Promise<URLSearchParams>,
) => Promise<unknown>

const identity = { name: 'sdk-agent', version: '1.0.0' }
const echo = { name: 'echo', arguments: { message: 'hello' } }

export const callersOnSdk: Readonly<Record<string, CallTool>> = {
  v1: async (url, memory, userVisits) => {
    const connect = async () => {
      const transport = new TransportV1(new URL(url), { authProvider: memory })
      const client = new ClientV1(identity)
      try {
        await client.connect(transport)
        return client
      } catch (error) {
        if (memory.asked === undefined) throw error
        const query = await userVisits(memory.asked)
        memory.asked = undefined
        await transport.finishAuth(query.get('code') ?? '')
        return undefined
      }
    }
    const client = (await connect()) ?? (await connect())
    const result = await client?.callTool(echo)
    await client?.close()
    return result
  },
  v2: async (url, memory, userVisits) => {
    const connect = async () => {
      const transport = new TransportV2(new URL(url), { authProvider: memory })
      const client = new ClientV2(identity, { versionNegotiation: { mode: 'auto' } })
      try {
        await client.connect(transport)
        return client
      } catch (error) {
        if (memory.asked === undefined) throw error
        const query = await userVisits(memory.asked)
        memory.asked = undefined
        await transport.finishAuth(query)
        return undefined
      }
    }
    const client = (await connect()) ?? (await connect())
    const result = await client?.callTool(echo)
    await client?.close()
    return result
  },
}
