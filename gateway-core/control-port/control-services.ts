/** What the control port needs of the rest of the gateway. The composition root supplies it. */
import type { ExplainAnswer, ExplainInput, GatewayStatus } from '../contract/control-api.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { Issuance, IssuanceQuery } from '../contract/issuance.js'
import type { GatewayEvents } from '../events.js'
import type { Accounts } from '../oauth/authorization/create-accounts.js'
import type { ServerOperations } from '../pipeline/operate-servers.js'
import type { Gate } from '../pipeline/gate.js'
import type { Registry } from '../registry/registry.js'
import type { Vault } from '../vault/vault.js'

export interface ControlServices {
  readonly registry: Registry
  readonly vault: Pick<Vault, 'state' | 'create' | 'unlock' | 'lock' | 'createRecoveryKey' | 'setPassphrase'>
  /** Both hold everything that was recorded before they were asked. */
  readonly exchanges: {
    list(query: ExchangeQuery): Promise<{ readonly items: readonly ExchangeSummary[]; readonly nextCursor?: string }>
    get(id: string): Promise<Exchange | undefined>
  }
  readonly issuances: { list(query: IssuanceQuery): Promise<readonly Issuance[]> }
  readonly gate: Pick<Gate, 'setPaused'>
  explain(input: ExplainInput): Promise<ExplainAnswer>
  readonly servers: ServerOperations
  readonly accounts: Pick<Accounts, 'connect' | 'attempt' | 'list' | 'get' | 'remove'>
  /** @param controlUrl `http://127.0.0.1:{port}` of the control port, which alone knows it */
  status(controlUrl: string): GatewayStatus
  readonly dataUrl: string
  readonly events: Pick<GatewayEvents, 'subscribe'>
}
