/** What the hop line shows of a server: whose credential is on which hop, and how each is doing. */
import type { Server } from '../../client/api.js'
import type { Hop, HopState } from '../../components/hop-line.js'
import { t, type StringKey } from '../../strings/i18n.js'
import type { Tone } from '../../components/tone.js'

type Status = Server['state']['status']

const hopStates: Readonly<Record<Status, HopState>> = {
  ready: 'ok',
  sign_in_needed: 'attention',
  unreachable: 'broken',
  disabled: 'off',
  error: 'broken',
}

const statusTones: Readonly<Record<Status, Tone>> = {
  ready: 'allow',
  sign_in_needed: 'open',
  unreachable: 'deny',
  disabled: 'neutral',
  error: 'deny',
}

/** What the colour of its status says. */
export function statusTone(server: Server): Tone {
  return awaitsApproval(server) ? 'open' : isUnused(server) ? 'neutral' : statusTones[server.state.status]
}

/** Whether a person has something to do. */
export function needsPerson(server: Server): boolean {
  const { status } = server.state
  return awaitsApproval(server) || (status !== 'ready' && status !== 'disabled')
}

/** Nobody has approved its command, or where it sends secrets, as it stands: nothing else disables it by itself. */
export function awaitsApproval({ enabled, state, health }: Server): boolean {
  return state.status === 'disabled' && enabled !== false && !health.stopped
}

export function inboundHop(server: Server): Hop {
  const state = server.state.status === 'disabled' ? 'off' : isUnused(server) ? 'idle' : 'ok'
  return { state, credential: agentAuthName(server) }
}

export function outboundHop(server: Server): Hop {
  const state = awaitsApproval(server) ? 'attention' : isUnused(server) ? 'idle' : hopStates[server.state.status]
  return { state, credential: appAuthName(server), bare: sendsNothing(server) }
}

/** Nothing is known against it, but nothing went through either. */
function isUnused(server: Server): boolean {
  return server.state.status === 'ready' && !isContacted(server)
}

/** Whether it has answered anything since the gateway was started. */
export function isContacted({ state }: Server): boolean {
  return state.lastSuccessAt !== undefined
}

function sendsNothing({ app_auth: auth, auth_mode: mode }: Server): boolean {
  return (auth === undefined || auth.type === 'none') && (mode === undefined || mode === 'internal')
}

export function agentAuthName({ agent_auth: auth }: Server): string {
  return t(`servers.agentAuth.${auth?.type ?? 'gateway'}`)
}

export function appAuthName({ app_auth: auth, auth_mode: mode, command }: Server): string {
  if (mode === 'oauth_passthrough') return t('servers.appAuth.passthrough')
  if (mode === 'token_broker') return t('servers.appAuth.token_broker')
  if (auth === undefined && command !== undefined) return t('servers.appAuth.command')
  return t(`servers.appAuth.${auth?.type ?? 'none'}`)
}

export function statusName(server: Server): string {
  if (awaitsApproval(server)) return t('servers.status.approval_needed')
  if (isUnused(server)) return t('servers.status.idle')
  const { state } = server
  return t(`servers.status.${state.status}` satisfies StringKey)
}

/** Where it is: its URL, or the command that is run. */
export function placeOf({ url, command, args }: Server): string {
  if (url !== undefined) return url
  const words = (args ?? []).map((word) => (typeof word === 'string' ? word : '…'))
  return [command ?? '', ...words].join(' ')
}
