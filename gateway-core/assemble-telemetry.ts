/** Part of the composition root: what metrics and traces are made of. */
import type { MetricFamily } from './contract/metric-family.js'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import { maskTokens } from './inspector/token-patterns.js'
import type { Accounts } from './oauth/authorization/create-accounts.js'
import type { Registry } from './registry/registry.js'
import type { TracedExchange } from './telemetry/spans.js'
import type { TraceExport } from './telemetry/trace-export.js'
import { userAccounts } from './telemetry/user-accounts.js'
import type { PreferenceStore, StoredSettings, Vault } from './vault/vault.js'

export function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: 'counter', samples: [{ value }] }
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: 'gauge', samples: [{ value }] }
}

/** How things are at this moment. While the vault is locked nothing is known of accounts. */
export async function stateFamilies(
  vault: Pick<Vault, 'state'>,
  registry: Pick<Registry, 'snapshot'>,
  accounts: Pick<Accounts, 'list'>,
): Promise<readonly MetricFamily[]> {
  const known = vault.state === 'unlocked' ? await accounts.list().catch(() => []) : []
  const byStatus = new Map<string, number>([
    ['connected', 0],
    ['sign_in_needed', 0],
  ])
  for (const { status } of known) byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
  return [
    gauge('gatehouse_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss()),
    gauge('gatehouse_servers', 'Servers that are registered.', registry.snapshot?.servers.size ?? 0),
    gauge('gatehouse_vault_unlocked', '1 where the vault is open.', vault.state === 'unlocked' ? 1 : 0),
    {
      name: 'gatehouse_accounts',
      help: 'Connected accounts, by status.',
      type: 'gauge',
      samples: [...byStatus].map(([status, value]) => ({ labels: { status }, value })),
    },
    userAccounts(known),
  ]
}

/** A few fields, as what is traced later must not keep a whole request in memory. */
export function tracedExchange(exchange: CapturedExchange): TracedExchange {
  const { inbound, outbound, verdict } = exchange
  const sent = outbound.find(({ name }) => name === 'traceparent')?.value
  return {
    lane: exchange.lane,
    traceId: exchange.traceId,
    inboundParent: inbound['traceparent'],
    outboundParent: typeof sent === 'string' ? sent : undefined,
    startedAtMs: exchange.startedAtMs,
    timings: exchange.timings,
    server: exchange.server,
    url: exchange.url,
    // What an agent calls a method or a tool may be anything.
    method: exchange.method === null ? null : maskTokens(exchange.method),
    tool: exchange.tool === null ? null : maskTokens(exchange.tool),
    agent: exchange.agent,
    decision: verdict.decision,
    httpMethod: exchange.httpMethod,
    status: exchange.status,
    errorCode: exchange.errorCode,
    protocolVersion: protocolVersionOf(inbound['mcp-protocol-version']),
  }
}

function protocolVersionOf(header: string | undefined): string | undefined {
  return header !== undefined && /^\d{4}-\d\d-\d\d$/.test(header) ? header : undefined
}

/** Settings, which take effect when they are read from an opened vault and when they change. */
export function followedPreferences(
  vault: Pick<Vault, 'state' | 'preferences' | 'onStateChange'>,
  traces: Pick<TraceExport, 'setEndpoint'>,
  otherwise: string | undefined,
): PreferenceStore {
  const { preferences } = vault
  const apply = ({ telemetry }: StoredSettings): void => traces.setEndpoint(telemetry.otlpEndpoint ?? otherwise)
  const read = (): void => {
    traces.setEndpoint(otherwise)
    // A vault that was locked again meanwhile says nothing, and nothing is sent to where it said.
    if (vault.state === 'unlocked') preferences.settings().then(apply, () => undefined)
  }
  vault.onStateChange(read)
  read()
  return {
    ...preferences,
    putSettings: async (settings) => {
      await preferences.putSettings(settings)
      apply(settings)
    },
  }
}
