/** Part of obtaining credentials: the token of the caller's account, or that there has to be one first. */
import type { AccountUse } from './account-session.js'
import { needOf, withAccount } from './account-session.js'
import type { AccountNeed } from './connect-session.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { Account } from '../vault/account-store.js'
import type { Credentialed, Planned } from './stages.js'

export type ObtainedAccount =
  | { readonly kind: 'token'; readonly account: Account; readonly accessToken: string }
  | { readonly kind: 'needed'; readonly reason: string }

/**
 * @returns undefined where the plan has no account in it
 * @throws GatewayError `token_endpoint_failed`
 */
export async function obtainAccount(planned: Planned, ports: PipelinePorts): Promise<ObtainedAccount | undefined> {
  const isPlanned = planned.plan.headers.some(({ value }) => typeof value !== 'string' && value.kind === 'account')
  return isPlanned ? ports.accounts.token(planned.server, planned.caller) : undefined
}

/** Notes with which account a request is made, or that it cannot be made. */
export function withObtained(
  credentialed: Credentialed,
  obtained: ObtainedAccount | undefined,
  ports: PipelinePorts,
  recording: Recording,
): Credentialed {
  if (obtained === undefined) return credentialed
  if (obtained.kind === 'needed') {
    const accountNeed: AccountNeed = needOf(credentialed, ports, obtained.reason)
    return Object.assign(credentialed, { accountNeed })
  }
  const { account } = obtained
  const { plan, outbound, slug, server, caller, baseUrl } = credentialed
  const index = plan.headers.findIndex(({ value }) => typeof value !== 'string' && value.kind === 'account')
  const headers = plan.headers.map((header, at) =>
    at === index ? { ...header, source: { ...header.source, accountId: account.id } } : header,
  )
  recording.plan = { ...plan, headers }
  const value = plan.headers[index]?.value
  const use: AccountUse = {
    account,
    headerIndex: 2 * index + 1,
    prefix: typeof value === 'object' && value.kind === 'account' ? value.prefix : '',
    // Not the whole request, which would be kept with the session that it goes through.
    request: { slug, server, caller, baseUrl },
    noteToken: (token) => recording.sensitiveValues.push(token),
  }
  const used: OutboundRequest = withAccount(outbound, use)
  return Object.assign(credentialed, { outbound: used })
}
