/**
 * Stage: turns the names of secrets in the plan into values, each opened for the one origin that the plan is for, and gets
 * the tokens in it. Refuses with `secret_missing`, `secret_unusable`, `server_disabled`, `token_endpoint_failed`,
 * `account_needed`.
 */
import { GatewayError } from '../contract/errors.js'
import type { OutboundPlan, PendingValue } from '../credentials/planned.js'
import { planOutbound } from '../credentials/plan-outbound.js'
import { needOf } from './account-session.js'
import { accountNeeded } from './connect-session.js'
import { askerOf, obtainAccount, withObtained, type ObtainedAccount } from './obtain-account.js'
import { obtainTokens, type ObtainedTokens } from './obtain-tokens.js'
import { openSecret } from './open-secret.js'
import type { PipelinePorts } from './ports.js'
import { Recording } from './recording.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { Credentialed, Planned } from './stages.js'

export async function obtainCredentials(
  planned: Planned,
  ports: PipelinePorts,
  recording: Recording,
): Promise<Credentialed> {
  const startedMs = performance.now()
  try {
    const account = await obtainAccount(planned, ports)
    const tokens = account?.kind === 'needed' ? undefined : await obtainTokens(planned, ports, recording)
    const outbound = await fillPlan(planned.plan, ports, recording, account, tokens)
    return withObtained(
      Object.assign(planned, { outbound: withServersOwn(outbound, planned, ports) }),
      account,
      ports,
      recording,
    )
  } finally {
    recording.credentialMs = performance.now() - startedMs
  }
}

/** Beside one tool's own credential, a way to what the server is told otherwise: in a session, more than its call goes out. */
function withServersOwn(outbound: OutboundRequest, planned: Planned, ports: PipelinePorts): OutboundRequest {
  const tool = planned.message?.tool
  if (planned.hop !== 'session' || tool === undefined || !planned.server.plan.appAuthByTool.has(tool)) return outbound
  let asked: Promise<OutboundRequest> | undefined
  return {
    ...outbound,
    ownCredential: planned.plan.ownCredential,
    ofServer: () => (asked ??= serversOwn(planned, ports)),
  }
}

/** @throws GatewayError as `obtainCredentials`, and what its plan refuses with */
async function serversOwn(planned: Planned, ports: PipelinePorts): Promise<OutboundRequest> {
  const { server, recognised, headers, caller, generated } = planned
  const plan = planOutbound(server.plan, {
    hop: 'session',
    headers,
    caller,
    callerToken: recognised.token,
    claims: recognised.claims,
    authorizationIsOurs: recognised.authorizationIsOurs,
    tool: undefined,
    generated,
  })
  if (plan.refusal !== undefined) throw new GatewayError(plan.refusal.code, plan.refusal)
  // What the exchange shows is the tool's call.
  const recording = new Recording(planned)
  const own = { ...planned, plan }
  const account = await obtainAccount(own, ports)
  if (account?.kind === 'needed') throw accountNeeded(server, needOf(askerOf(own, account.clientKey), ports, account))
  const tokens = await obtainTokens(own, ports, recording)
  const outbound = await fillPlan(plan, ports, recording, account, tokens)
  const isAccount = server.resolved.appAuth.type === 'oauth2_authorization_code'
  return { ...outbound, ownCredential: plan.ownCredential && !isAccount }
}

async function fillPlan(
  plan: OutboundPlan,
  ports: PipelinePorts,
  recording: Recording,
  account: ObtainedAccount | undefined,
  tokens: ObtainedTokens | undefined,
): Promise<OutboundRequest> {
  const headers: string[] = []
  for (const [index, { name, value }] of plan.headers.entries()) {
    if (typeof value === 'string') {
      headers.push(name, value)
      continue
    }
    if (value.kind === 'account' && account?.kind !== 'token') continue
    const token = tokens?.values.get(index)
    if (token !== undefined) headers.push(name, token)
    if (value.kind === 'token') continue
    const filled =
      accountValue(value, account) ??
      knownValue(value, index, plan.destination, ports, recording) ??
      (await fill(value, index, plan.destination, ports, recording))
    if (!/^[\x20-\x7e\t]*$/.test(filled)) throw unusable(value)
    recording.obtained[index] = filled
    headers.push(name, filled)
  }
  const { origin, path } = plan.target
  const [renew, widen] = [tokens?.renew, tokens?.widen]
  if (plan.query === undefined) return { origin, path, headers, renew, widen }
  const value = await fill(plan.query.value, plan.headers.length, plan.destination, ports, recording)
  recording.sensitiveValues.push(value)
  const separator = path.includes('?') ? '&' : '?'
  return {
    origin,
    path: `${path}${separator}${encodeURIComponent(plan.query.name)}=${encodeURIComponent(value)}`,
    headers,
    renew,
    widen,
  }
}

function accountValue(value: PendingValue, account: ObtainedAccount | undefined): string | undefined {
  return value.kind === 'account' && account?.kind === 'token' ? value.prefix + account.accessToken : undefined
}

/** The common case, without a turn of the event loop: one secret, at hand. */
function knownValue(
  value: PendingValue,
  index: number,
  destination: string,
  ports: PipelinePorts,
  recording: Recording,
): string | undefined {
  if (value.kind !== 'secret') return undefined
  const known = ports.secrets.known(value.secret, value.subject, destination)
  if (known?.outcome !== 'value') return undefined
  recording.fingerprints[index] = known.fingerprint
  return value.prefix + known.value
}

/** @throws GatewayError `secret_missing`, `server_disabled` */
async function fill(
  value: PendingValue,
  index: number,
  destination: string,
  { secrets }: PipelinePorts,
  recording: Recording,
): Promise<string> {
  const open = async (secret: string, subject: string | undefined): Promise<string> => {
    const opened = await openSecret(secrets, secret, subject, destination)
    recording.fingerprints[index] = opened.fingerprint
    return opened.value
  }
  if (value.kind === 'secret') return value.prefix + (await open(value.secret, value.subject))
  if (value.kind !== 'basic') throw new GatewayError('internal', { detail: `${value.kind} was not obtained.` })
  const username = typeof value.username === 'string' ? value.username : await open(value.username.secret, undefined)
  const password = await open(value.password.secret, undefined)
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}

function unusable(value: PendingValue): GatewayError {
  const name = value.kind === 'secret' ? value.secret : value.kind === 'basic' ? value.password.secret : value.kind
  return new GatewayError('secret_unusable', {
    detail: `The secret ${name} holds characters that an HTTP header cannot carry.`,
    fix: `Store it anew, without line breaks or characters outside of ASCII: gatehouse secrets set ${name}`,
  })
}
