/** What the pipeline is given: instances that the composition root has made. */
import type { Logger } from 'pino'
import type { TokenVerifier } from '../callers/token-verifier.js'
import type { SignIn } from '../sign-in/sign-in.js'
import type { Accounts } from '../oauth/authorization/create-accounts.js'
import type { CapturedExchange } from '../inspector/captured-exchange.js'
import type { TokenSource } from '../oauth/token-source.js'
import type { Connections } from '../servers/connections.js'
import type { AgentFace } from '../relay/agent-face/agent-face.js'
import type { MergedState } from '../relay/merged/member-lists.js'
import type { MergedStore } from '../relay/merged/merged-store.js'
import type { ListedTools } from '../relay/tools/listed-tools.js'
import type { ViewedSessions } from '../relay/tools/viewed-session.js'
import type { ServerSessions } from '../servers/server-sessions.js'
import type { Catalogue } from '../relay/tools/catalogue.js'
import type { ServerStates } from '../servers/server-states.js'
import type { Sessions } from '../servers/sessions.js'
import type { Registry } from '../registry/registry.js'
import type { Gate } from './gate.js'
import type { OpenRequests } from './open-requests.js'
import type { Shield } from '../shield/create-shield.js'
import type { OpenedSecret, VaultState } from '../vault/vault.js'

/** Opens secrets, from memory where it can. */
export interface SecretSource {
  /** Undefined where the vault has to be asked. */
  known(name: string, subject: string | undefined, destination: string): OpenedSecret | undefined
  open(name: string, subject: string | undefined, destination: string): Promise<OpenedSecret>
}

export interface PipelinePorts {
  readonly gate: Gate
  readonly openRequests: OpenRequests
  readonly registry: Registry
  readonly vaultState: () => VaultState
  readonly tokens: TokenVerifier
  /** Signing agents in, and the tokens that they got here. */
  readonly signIn: SignIn
  readonly secrets: SecretSource
  /** Accounts that callers have connected. */
  readonly accounts: Accounts
  /** Tokens that take no person to get. */
  readonly tokenSource: TokenSource
  readonly connections: Connections
  /** Which caller a session id was given to. */
  readonly sessions: Sessions
  /** Sessions that the gateway holds with servers itself. */
  readonly serverSessions: ServerSessions
  readonly agentFace: AgentFace
  readonly viewedSessions: ViewedSessions
  readonly listedTools: ListedTools
  /** Lists as callers last had them. */
  readonly catalogue: Catalogue
  /** Lists of all servers, for `/mcp`. */
  readonly mergedState: MergedState
  readonly mergedSessions: MergedStore
  readonly shield: Shield
  readonly states: ServerStates
  readonly record: (exchange: CapturedExchange) => void
  readonly logger: Logger
  /** Epoch milliseconds, UTC. */
  readonly nowMs: () => number
}
