/** What the control port needs of the rest of the gateway. The composition root supplies it. */
import type { AgentConfigs } from '../agents/agent-configs.js'
import type { ExplainAnswer, ExplainInput, GatewayStatus } from '../contract/control-api.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { ExportFormat } from '../contract/exchange-schemas.js'
import type { OwnCall } from '../contract/tool-operations.js'
import type { GatewayEvents } from '../events.js'
import type { Accounts } from '../oauth/authorization/create-accounts.js'
import type { ServerOperations } from '../pipeline/operate-servers.js'
import type { Gate } from '../pipeline/gate.js'
import type { SignIn } from '../sign-in/sign-in.js'
import type { RegisteredServer, Registry } from '../registry/registry.js'
import type { BacktestReport } from '../shield/backtest.js'
import type { Approval } from '../shield/create-shield.js'
import type { StarterPolicy } from '../shield/starter-policies.js'
import type { OAuthClientStore } from '../vault/account-store.js'
import type { IssuanceStore, PreferenceStore, Vault } from '../vault/vault.js'

/** All hold everything that was recorded before they were asked. */
export interface ExchangeServices {
  list(query: ExchangeQuery): Promise<{ readonly items: readonly ExchangeSummary[]; readonly nextCursor?: string }>
  get(id: string): Promise<Exchange | undefined>
  clear(): Promise<void>
  /** The newest `limit` that the query finds, as a file. */
  export(
    query: ExchangeQuery,
    form: { readonly format: ExportFormat; readonly isRedacted: boolean },
  ): AsyncIterable<string>
  /**
   * @throws GatewayError `not_found`; `conflict` where it takes arguments, or a person's yes; and as the stages of a
   *   request do where nothing could be sent
   */
  replay(
    id: string,
    change: { readonly arguments?: unknown; readonly confirm?: boolean | undefined },
  ): Promise<Exchange>
  /**
   * Calls a tool of a server as the local user. What the server or a stage refused is in the exchange.
   *
   * @throws GatewayError `unknown_server`
   */
  call(slug: string, call: OwnCall): Promise<Exchange>
}

/** Shield, as far as people see it. */
export interface ShieldServices {
  readonly starters: readonly StarterPolicy[]
  approvals(): readonly Approval[]
  decide(id: string, decision: 'allow' | 'deny', rememberMs?: number): Promise<void>
  backtest(policy: { readonly name: string; readonly text: string }, since?: string): Promise<BacktestReport>
}

export interface FirstRunServices {
  /** Registers the gateway's own demo server; once is enough. */
  addDemoServer(): Promise<RegisteredServer>
}

export interface ControlServices {
  readonly registry: Registry
  readonly vault: Pick<Vault, 'state' | 'create' | 'unlock' | 'lock' | 'createRecoveryKey' | 'setPassphrase'> & {
    readonly oauthClients: Pick<OAuthClientStore, 'list'>
  }
  readonly exchanges: ExchangeServices
  readonly preferences: PreferenceStore
  readonly issuances: Pick<IssuanceStore, 'list' | 'get'>
  readonly gate: Pick<Gate, 'setPaused'>
  explain(input: ExplainInput): Promise<ExplainAnswer>
  readonly servers: ServerOperations
  readonly accounts: Pick<
    Accounts,
    'connect' | 'attempt' | 'list' | 'get' | 'choose' | 'remove' | 'tokenFor' | 'connectUrlFor'
  >
  readonly shield: ShieldServices
  /** A value of JSON, without what is secret. @throws GatewayError `vault_locked` */
  masked<Value>(value: Value): Promise<Value>
  readonly signIn: Pick<SignIn, 'grants' | 'removeGrant' | 'rotateKeys'>
  readonly firstRun: FirstRunServices
  readonly agentConfigs: AgentConfigs
  /** Resolves when what is noted behind requests is in the vault: exchanges and issuances. Never throws. */
  written(): Promise<void>
  /** @param controlUrl `http://127.0.0.1:{port}` of the control port, which alone knows it */
  status(controlUrl: string): GatewayStatus
  readonly dataUrl: string
  readonly events: Pick<GatewayEvents, 'subscribe' | 'wantText'>
}
