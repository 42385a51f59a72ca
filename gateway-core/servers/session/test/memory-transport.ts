/** Transports without a wire: to a server that a test writes by hand, or to a server of the official SDKs. */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { GatewayError } from '../../../contract/errors.js'
import {
  isRequest,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  type Params,
  type RequestId,
} from '../../../contract/json-rpc.js'
import type { SendOptions, ServerTransport, TransportEvents } from '../../transport.js'
import type { SessionTransport } from '../handshake.js'

/** A server that a test writes by hand. It sees every message, and may send whatever it likes. */
export class ScriptedServer {
  readonly received: JsonRpcMessage[] = []
  readonly protocols: string[] = []
  starts = 0
  openedStreams = 0
  /** What `send` does with a message after the server has seen it; throws what a transport throws. */
  carry: (message: JsonRpcMessage, options: SendOptions) => Promise<void> = () => Promise.resolve()
  private events: TransportEvents | undefined
  private watchers: (() => void)[] = []

  constructor(
    readonly kind: ServerTransport['kind'],
    private readonly react: (message: JsonRpcMessage, server: ScriptedServer) => void,
  ) {}

  readonly transport = (events: TransportEvents): SessionTransport => ({
    kind: this.kind,
    start: () => {
      this.starts++
      this.events = events
      return Promise.resolve()
    },
    send: async (message, options) => {
      this.received.push(message)
      for (const watch of this.watchers) watch()
      this.react(message, this)
      await this.carry(message, options)
    },
    close: () => Promise.resolve(),
    ...(this.kind === 'streamable-http' ? this.httpParts() : {}),
  })

  emit(message: JsonRpcMessage, during?: RequestId): void {
    this.events?.message(message, during)
  }

  result(id: RequestId, result: Params, during?: RequestId): void {
    this.emit({ jsonrpc: '2.0', id, result }, during)
  }

  error(id: RequestId, code: number, data?: unknown): void {
    this.emit({ jsonrpc: '2.0', id, error: { code, message: 'refused', data } })
  }

  ask(id: RequestId, method: string, params?: Params, during?: RequestId): void {
    this.emit({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }, during)
  }

  notify(method: string, params: Params, during?: RequestId): void {
    this.emit({ jsonrpc: '2.0', method, params }, during)
  }

  die(): void {
    this.events?.closed(new GatewayError('server_unreachable', { detail: 'The process ended.' }))
  }

  requests(method: string): JsonRpcRequest[] {
    return this.received.filter(isRequest).filter((message) => message.method === method)
  }

  notifications(method: string): JsonRpcNotification[] {
    return this.received.filter(
      (message): message is JsonRpcNotification =>
        'method' in message && !('id' in message) && message.method === method,
    )
  }

  answers(): JsonRpcResponse[] {
    return this.received.filter((message): message is JsonRpcResponse => !('method' in message))
  }

  /** Resolves when what the server has received fulfils the condition. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const met = condition()
      if (met !== undefined && met !== false) return met
      await new Promise<void>((resolve) => this.watchers.push(resolve))
    }
  }

  private httpParts(): Pick<SessionTransport, 'setProtocol' | 'openStream'> {
    return {
      setProtocol: ({ era, protocolVersion }) => void this.protocols.push(`${era} ${protocolVersion}`),
      openStream: () => {
        this.openedStreams++
        return Promise.resolve()
      },
    }
  }
}

/** Answers the handshake of the older eras, and gives everything else to `react`. */
export function legacyServer(
  react: (message: JsonRpcMessage, server: ScriptedServer) => void = () => undefined,
  { kind = 'stdio', capabilities = {} }: { kind?: ServerTransport['kind']; capabilities?: Params } = {},
): ScriptedServer {
  return new ScriptedServer(kind, (message, server) => {
    if (isRequest(message) && message.method === 'initialize')
      server.result(message.id, {
        protocolVersion: '2025-06-18',
        capabilities,
        serverInfo: { name: 's', version: '1' },
      })
    else react(message, server)
  })
}

/** Answers `server/discover`, and gives everything else to `react`. */
export function modernServer(
  react: (message: JsonRpcMessage, server: ScriptedServer) => void = () => undefined,
  { kind = 'streamable-http', capabilities = {} }: { kind?: ServerTransport['kind']; capabilities?: Params } = {},
): ScriptedServer {
  return new ScriptedServer(kind, (message, server) => {
    if (isRequest(message) && message.method === 'server/discover')
      server.result(message.id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities,
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'm', version: '2' } },
      })
    else react(message, server)
  })
}

/**
 * One end of an SDK's pair of linked transports as the gateway's: the server has the other end, and messages go through
 * JSON as they would on a pipe.
 */
export function overLinkedPair(
  kind: ServerTransport['kind'],
  end: Pick<Transport, 'start' | 'close'> & {
    onmessage?: ((message: never) => void) | undefined
    onclose?: (() => void) | undefined
    send(message: never): Promise<void>
  },
): (events: TransportEvents) => SessionTransport {
  return (events) => ({
    kind,
    start: async () => {
      end.onmessage = (message: JsonRpcMessage) => events.message(JSON.parse(JSON.stringify(message)), undefined)
      end.onclose = () => events.closed(new GatewayError('server_unreachable'))
      await end.start()
    },
    send: (message) => end.send(JSON.parse(JSON.stringify(message)) as never),
    close: async () => {
      end.onclose = undefined
      await end.close()
    },
  })
}
