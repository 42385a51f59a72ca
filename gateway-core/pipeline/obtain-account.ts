/** Part of obtaining credentials: the token of the caller's account, or that there has to be one first. */
import type { AccountToken } from '../oauth/authorization/account-tokens.js'
import type { AccountWish } from '../oauth/authorization/create-accounts.js'
import type { Recognised } from '../callers/recognise-caller.js'
import type { AccountUse, Asker } from './account-session.js'
import { needOf, withAccount } from './account-session.js'
import type { AccountNeed } from './connect-session.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { Credentialed, Planned } from './stages.js'

/** An account's token, or why there is none, and which account that would be. */
export type ObtainedAccount = AccountToken & { readonly clientKey: string }

/**
 * @returns undefined where the plan has no account in it
 * @throws GatewayError `token_endpoint_failed`
 */
export async function obtainAccount(planned: Planned, ports: PipelinePorts): Promise<ObtainedAccount | undefined> {
  for (const { value } of planned.plan.headers) {
    if (typeof value === 'string' || value.kind !== 'account') continue
    const { clientKey } = value
    const { requestId, traceId, caller } = planned
    const token = await ports.accounts.token(wishOf(planned, clientKey), { requestId, traceId, caller })
    return { ...token, clientKey }
  }
  return undefined
}

/** Which account a caller's request is made with: the one that its key names, where it names one. */
export function wishOf(
  { server, caller, recognised }: Pick<Planned, 'server' | 'caller'> & { readonly recognised: Pick<Recognised, 'key'> },
  clientKey: string,
): AccountWish {
  const accounts = recognised.key?.accounts ?? {}
  const label = Object.hasOwn(accounts, server.slug) ? accounts[server.slug] : undefined
  return { server, clientKey, caller, label }
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
    const accountNeed: AccountNeed = needOf(askerOf(credentialed, obtained.clientKey), ports, obtained)
    return Object.assign(credentialed, { accountNeed })
  }
  const { account } = obtained
  const { plan, outbound } = credentialed
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
    among: 'alone',
    // Not the whole request, which would be kept with the session that it goes through.
    request: askerOf(credentialed, obtained.clientKey),
    noteToken: (token) => recording.sensitiveValues.push(token),
  }
  const used: OutboundRequest = withAccount(outbound, use, ports)
  return Object.assign(credentialed, { outbound: used })
}

/** Not the whole request, which would be kept for as long as its session. */
export function askerOf(request: Planned, clientKey: string): Asker {
  const { slug, server, baseUrl, requestId, traceId, caller } = request
  return { slug, server, baseUrl, wish: wishOf(request, clientKey), cause: { requestId, traceId, caller } }
}
