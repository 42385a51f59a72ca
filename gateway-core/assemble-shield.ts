/** Makes Shield of what it needs of the rest. */
import type { Logger } from 'pino'
import type { MetricFamily } from './contract/metric-family.js'
import type { ShieldServices } from './control-port/control-services.js'
import type { ApprovalEvent, GatewayEvents } from './events.js'
import type { SecretSource } from './pipeline/ports.js'
import type { RecordedCalls } from './shield/backtest.js'
import { createShield, type Shield } from './shield/create-shield.js'
import { starterPolicies } from './shield/starter-policies.js'
import type { Vault } from './vault/vault.js'

export interface ShieldParts {
  readonly vault: Vault
  readonly secrets: SecretSource
  readonly events: GatewayEvents
  readonly logger: Logger
}

const statuses = {
  pending: 'pending',
  allow: 'allowed',
  remembered: 'allowed',
  deny: 'denied',
  expired: 'denied',
  left: 'denied',
  full: 'denied',
} as const satisfies Record<string, ApprovalEvent['status']>

/** What is told of a server whose tools look otherwise to agents than before. */
export interface ToolsWatcher {
  /** In a list that has just been read: what is kept of it is as they look. */
  held(slug: string): void
  decided(slug: string): void
}

export function assembleShield({ vault, secrets, events, logger }: ShieldParts, tools: ToolsWatcher): Shield {
  return createShield({
    pins: vault.toolPins,
    openCredential: async (secret, origin) => {
      const opened = secrets.known(secret, undefined, origin) ?? (await secrets.open(secret, undefined, origin))
      return opened.outcome === 'value' ? opened.value : undefined
    },
    approvalChanged: ({ id, kind, server, tool }, status) => {
      events.emit({
        event: 'approval',
        data: { id, kind, server, ...(tool === undefined ? {} : { tool }), status: statuses[status] },
      })
      // It is held from here on, also for those who had it in their lists.
      if (kind === 'tool' && status === 'pending' && server !== undefined) tools.held(server)
    },
    toolsChanged: (slug) => tools.decided(slug),
    logger,
  })
}

/** What the control port does with Shield. */
export function shieldServices(shield: Shield, exchanges: RecordedCalls): ShieldServices {
  return {
    starters: starterPolicies,
    approvals: () => shield.approvals(),
    decide: (id, decision, rememberMs) => shield.decide(id, decision, rememberMs),
    backtest: (policy, since) => shield.backtest(policy, exchanges, since),
  }
}

/** How often detectors did not look at a text to its end. */
export function detectorFamily({ overruns }: Pick<Shield, 'overruns'>): MetricFamily {
  return {
    name: 'gatehouse_detector_overruns_total',
    help: 'Texts that a detector did not look at to their end, by the limit that they exceeded.',
    type: 'counter',
    samples: Object.entries(overruns).map(([limit, value]) => ({ labels: { limit }, value })),
  }
}
