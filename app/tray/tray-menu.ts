/** What the tray says and offers, for each state of the gateway. */
import type { OpenTarget } from '../../gateway-core/contract/desktop.js'
import type { GatewayState } from '../gateway-process/gateway-state.js'

export type TrayAction =
  | { readonly do: 'open'; readonly target: OpenTarget | undefined }
  | { readonly do: 'copy'; readonly text: string }
  | { readonly do: 'pause' | 'resume' | 'lock' | 'quit' }

export type TrayItem =
  | { readonly type: 'separator' }
  | { readonly type: 'item'; readonly label: string; readonly action: TrayAction | undefined }

/** The dot on the icon. */
export type TrayMark = 'none' | 'needs-you' | 'paused' | 'locked'

export interface TrayModel {
  readonly mark: TrayMark
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

/** @param nowMs epoch milliseconds, for how long ago the last denial was */
export function trayModel(state: GatewayState, nowMs: number): TrayModel {
  const status = statusLine(state)
  const { dataUrl, phase, signInNeeded, lastDenial } = state
  const isServing = phase === 'running' && state.vault === 'unlocked'
  return {
    mark: markOf(state),
    tooltip: `Gatehouse: ${status}`,
    items: [
      item(status),
      ...(signInNeeded.length === 0 ? [] : [item(needsYou(signInNeeded), openServer(signInNeeded))]),
      ...(lastDenial === undefined
        ? []
        : [item(denialLine(lastDenial, nowMs), open({ page: 'exchange', id: lastDenial.id }))]),
      { type: 'separator' },
      ...(dataUrl === undefined ? [] : [item('Copy address for agents', { do: 'copy', text: `${dataUrl}/mcp` })]),
      ...(phase !== 'running'
        ? []
        : [state.paused ? item('Resume', { do: 'resume' }) : item('Pause', { do: 'pause' })]),
      ...(isServing ? [item('Lock the vault', { do: 'lock' })] : []),
      { type: 'separator' },
      item('Open Gatehouse', open(undefined)),
      item('Quit', { do: 'quit' }),
    ],
  }
}

function markOf({ phase, vault, paused, signInNeeded }: GatewayState): TrayMark {
  if (phase !== 'running') return 'needs-you'
  if (vault !== 'unlocked') return 'locked'
  if (paused) return 'paused'
  return signInNeeded.length > 0 ? 'needs-you' : 'none'
}

function statusLine({ phase, vault, paused, dataUrl }: GatewayState): string {
  if (phase === 'starting') return 'starting…'
  if (phase === 'stopped') return 'stopped: agents get no answer'
  if (vault === 'uninitialized') return 'waiting for a passphrase'
  if (vault === 'locked') return 'locked'
  if (paused) return 'paused'
  return `running at ${(dataUrl ?? '').replace('http://', '')}`
}

function needsYou(slugs: readonly string[]): string {
  return slugs.length === 1 ? '1 server needs you to sign in' : `${slugs.length} servers need you to sign in`
}

function openServer(slugs: readonly string[]): TrayAction {
  const [slug] = slugs
  return open(slug !== undefined && slugs.length === 1 ? { page: 'server', slug } : { page: 'home' })
}

function denialLine({ server, tool, atMs }: NonNullable<GatewayState['lastDenial']>, nowMs: number): string {
  const minutes = Math.max(0, Math.floor((nowMs - atMs) / 60_000))
  const when = minutes < 1 ? 'just now' : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
  return `Denied ${when}: ${shown(server)}${tool === undefined ? '' : ` › ${shown(tool)}`}`
}

/** Names come from servers: no control characters, no `&`, which menus take for a shortcut, and no endless line. */
function shown(name: string): string {
  const plain = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replaceAll('&', '&&')
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain
}

function open(target: OpenTarget | undefined): TrayAction {
  return { do: 'open', target }
}

function item(label: string, action?: TrayAction): TrayItem {
  return { type: 'item', label, action }
}
