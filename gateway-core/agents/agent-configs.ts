/** What the feature gives and needs. */
import type { AgentApp } from '../contract/agent-entry.js'
import type {
  AgentConfig,
  Connected,
  ConnectInput,
  ConnectionPreview,
  ConnectionWish,
  Disconnected,
  ImportedFile,
  ImportInput,
} from '../contract/agent-config-operations.js'
import type { Registry } from '../registry/registry.js'
import type { ConnectionRecords } from './connection-records.js'
import type { Machine } from './machine.js'

export interface AgentConfigs {
  /** Looks at names, sizes and times; opens only files that Gatehouse wrote. */
  list(): Promise<readonly AgentConfig[]>
  /** Reads the files. What is wrong with one is told in its item. */
  import(input: ImportInput): Promise<readonly ImportedFile[]>
  /** @throws GatewayError `invalid_input` with the line, where the file cannot be edited */
  preview(app: AgentApp, wish: ConnectionWish): Promise<ConnectionPreview>
  /** @throws GatewayError as `preview`; `conflict` where the file is not what was looked at, or not to be written */
  connect(app: AgentApp, input: ConnectInput): Promise<Connected>
  /** @throws GatewayError `not_found` where it is not connected; `conflict` where the file has changed since */
  undo(app: AgentApp): Promise<Disconnected>
  /** @throws GatewayError as `undo`, but where the file has changed: then only the gateway's entry is taken out */
  disconnect(app: AgentApp): Promise<Disconnected>
}

export interface AgentConfigParts {
  readonly machine: Machine
  readonly records: ConnectionRecords
  /** Of the data port. */
  readonly dataUrl: string
  readonly registry: Pick<Registry, 'snapshot' | 'applyProfile' | 'listSecrets' | 'addKey' | 'revokeKey' | 'listKeys'>
  /** Epoch milliseconds. */
  readonly clock: () => number
}
