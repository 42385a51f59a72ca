/** The screens of the sidebar, in its order. A screen is one row here and one route in `router.tsx`. */
import {
  Bot,
  FileDiff,
  House,
  KeyRound,
  Server,
  Settings,
  ShieldCheck,
  TextSearch,
  type LucideIcon,
} from 'lucide-react'
import type { CommandId } from '../commands/definitions.js'
import type { StringKey } from '../strings/i18n.js'

/** Addresses of screens, which `router.tsx` has a route for; the compiler compares the two. */
export type ScreenPath = '/' | '/servers' | '/inspector' | '/agents' | '/vault' | '/shield' | '/profiles' | '/settings'

export interface Screen {
  readonly path: ScreenPath
  readonly title: StringKey
  readonly icon: LucideIcon
  readonly command: CommandId
}

export const screens: readonly Screen[] = [
  { path: '/', title: 'shell.home', icon: House, command: 'goHome' },
  { path: '/servers', title: 'shell.servers', icon: Server, command: 'goServers' },
  { path: '/inspector', title: 'shell.inspector', icon: TextSearch, command: 'goInspector' },
  { path: '/agents', title: 'shell.agents', icon: Bot, command: 'goAgents' },
  { path: '/vault', title: 'shell.vault', icon: KeyRound, command: 'goVault' },
  { path: '/shield', title: 'shell.shield', icon: ShieldCheck, command: 'goShield' },
  { path: '/profiles', title: 'shell.profiles', icon: FileDiff, command: 'goProfiles' },
  { path: '/settings', title: 'shell.settings', icon: Settings, command: 'goSettings' },
]
