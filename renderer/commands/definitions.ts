/**
 * Every command of the page: one row feeds the palette, the shortcut, tooltips, `aria-keyshortcuts` and the cheat sheet.
 * What a command does is said with `useCommand` by whoever is on screen and can do it.
 */
import type { StringKey } from '../strings/i18n.js'

export const commandGroups = [
  'general',
  'screens',
  'servers',
  'inspector',
  'agents',
  'vault',
  'profiles',
  'shield',
] as const
export type CommandGroup = (typeof commandGroups)[number]

export interface CommandDefinition {
  readonly title: StringKey
  /** Name of a screen or a tab, where the title is `commands.goTo` or `commands.showTab`. */
  readonly screen?: StringKey
  readonly group: CommandGroup
  /**
   * The keys unless a person changed them: `Mod+K` (⌘ on a Mac, else Ctrl), `Mod+Shift+T`, `Alt+1`, `?`, `F6`. A key
   * without a modifier does nothing while a text field has the focus.
   */
  readonly keys?: string
}

const definitions = {
  palette: { title: 'commands.palette', group: 'general', keys: 'Mod+K' },
  cheatSheet: { title: 'commands.cheatSheet', group: 'general', keys: '?' },
  toggleSidebar: { title: 'commands.toggleSidebar', group: 'general', keys: 'Mod+\\' },
  nextTheme: { title: 'commands.nextTheme', group: 'general', keys: 'Mod+Shift+T' },
  lock: { title: 'commands.lock', group: 'general', keys: 'Mod+L' },
  copyGatewayUrl: { title: 'commands.copyGatewayUrl', group: 'general' },
  filter: { title: 'commands.filter', group: 'general', keys: '/' },
  back: { title: 'commands.back', group: 'general', keys: 'Mod+[' },
  forward: { title: 'commands.forward', group: 'general', keys: 'Mod+]' },

  goHome: { title: 'commands.goTo', screen: 'shell.home', group: 'screens', keys: 'Mod+1' },
  goServers: { title: 'commands.goTo', screen: 'shell.servers', group: 'screens', keys: 'Mod+2' },
  goInspector: { title: 'commands.goTo', screen: 'shell.inspector', group: 'screens', keys: 'Mod+3' },
  goAgents: { title: 'commands.goTo', screen: 'shell.agents', group: 'screens', keys: 'Mod+4' },
  goVault: { title: 'commands.goTo', screen: 'shell.vault', group: 'screens', keys: 'Mod+5' },
  goShield: { title: 'commands.goTo', screen: 'shell.shield', group: 'screens', keys: 'Mod+6' },
  goProfiles: { title: 'commands.goTo', screen: 'shell.profiles', group: 'screens', keys: 'Mod+7' },
  goSettings: { title: 'commands.goTo', screen: 'shell.settings', group: 'screens', keys: 'Mod+,' },

  save: { title: 'commands.save', group: 'general', keys: 'Mod+S' },
  undo: { title: 'commands.undo', group: 'general', keys: 'Mod+Z' },
  redo: { title: 'commands.redo', group: 'general', keys: 'Mod+Shift+Z' },
  sendSample: { title: 'commands.sendSample', group: 'general', keys: 'Mod+Enter' },
  tab1: { title: 'commands.tab1', group: 'general', keys: 'Alt+1' },
  tab2: { title: 'commands.tab2', group: 'general', keys: 'Alt+2' },
  tab3: { title: 'commands.tab3', group: 'general', keys: 'Alt+3' },
  tab4: { title: 'commands.tab4', group: 'general', keys: 'Alt+4' },
  tab5: { title: 'commands.tab5', group: 'general', keys: 'Alt+5' },

  testServer: { title: 'commands.testServer', group: 'servers', keys: 'Alt+T' },
  setup: { title: 'commands.setup', group: 'servers' },
  connectAgent: { title: 'commands.connectAgent', group: 'agents', keys: 'Alt+A' },
  addKey: { title: 'commands.addKey', group: 'agents', keys: 'Alt+K' },
  addSecret: { title: 'commands.addSecret', group: 'vault', keys: 'Alt+S' },
  connectAccount: { title: 'commands.connectAccount', group: 'vault', keys: 'Alt+C' },
  importProfile: { title: 'commands.importProfile', group: 'profiles', keys: 'Alt+I' },
  pauseGateway: { title: 'commands.pauseGateway', group: 'general', keys: 'Mod+>' },
  addPolicy: { title: 'commands.addPolicy', group: 'shield', keys: 'Alt+P' },
  addServer: { title: 'commands.addServer', group: 'servers', keys: 'Alt+N' },

  replay: { title: 'commands.replay', group: 'inspector', keys: 'R' },
  editReplay: { title: 'commands.editReplay', group: 'inspector', keys: 'Shift+R' },
  send: { title: 'commands.send', group: 'inspector', keys: 'Mod+Enter' },
  copyCurl: { title: 'commands.copyCurl', group: 'inspector', keys: 'C' },
  copyJsonRpc: { title: 'commands.copyJsonRpc', group: 'inspector', keys: 'Shift+C' },
  compare: { title: 'commands.compare', group: 'inspector', keys: '=' },
  mark: { title: 'commands.mark', group: 'inspector', keys: 'D' },
  pin: { title: 'commands.pin', group: 'inspector', keys: 'P' },
  savedFilter1: { title: 'commands.savedFilter1', group: 'inspector', keys: 'Alt+Shift+1' },
  savedFilter2: { title: 'commands.savedFilter2', group: 'inspector', keys: 'Alt+Shift+2' },
  savedFilter3: { title: 'commands.savedFilter3', group: 'inspector', keys: 'Alt+Shift+3' },
  savedFilter4: { title: 'commands.savedFilter4', group: 'inspector', keys: 'Alt+Shift+4' },
  savedFilter5: { title: 'commands.savedFilter5', group: 'inspector', keys: 'Alt+Shift+5' },
  savedFilter6: { title: 'commands.savedFilter6', group: 'inspector', keys: 'Alt+Shift+6' },
  savedFilter7: { title: 'commands.savedFilter7', group: 'inspector', keys: 'Alt+Shift+7' },
  savedFilter8: { title: 'commands.savedFilter8', group: 'inspector', keys: 'Alt+Shift+8' },
  savedFilter9: { title: 'commands.savedFilter9', group: 'inspector', keys: 'Alt+Shift+9' },
  pauseInspector: { title: 'commands.pauseInspector', group: 'inspector', keys: 'Mod+.' },
  clearInspector: { title: 'commands.clearInspector', group: 'inspector' },
  exportExchanges: { title: 'commands.exportExchanges', group: 'inspector' },
  showSummary: { title: 'commands.showTab', screen: 'inspector.tab.summary', group: 'inspector', keys: 'Alt+1' },
  showHeaders: { title: 'commands.showTab', screen: 'inspector.tab.headers', group: 'inspector', keys: 'Alt+2' },
  showBody: { title: 'commands.showTab', screen: 'inspector.tab.body', group: 'inspector', keys: 'Alt+3' },
  showStream: { title: 'commands.showTab', screen: 'inspector.tab.stream', group: 'inspector', keys: 'Alt+4' },
  showTiming: { title: 'commands.showTab', screen: 'inspector.tab.timing', group: 'inspector', keys: 'Alt+5' },
  showRaw: { title: 'commands.showTab', screen: 'inspector.tab.raw', group: 'inspector', keys: 'Alt+6' },
  showWhy: { title: 'commands.showTab', screen: 'inspector.tab.why', group: 'inspector', keys: 'Alt+7' },
} as const satisfies Record<string, CommandDefinition>

export type CommandId = keyof typeof definitions

export const commandDefinitions: Readonly<Record<CommandId, CommandDefinition>> = definitions
export const commandIds = Object.keys(definitions) as readonly CommandId[]
