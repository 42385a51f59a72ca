/** Names of commands, as the palette, tooltips and the cheat sheet show them. */
export const commands = {
  group: { general: 'General', screens: 'Screens', servers: 'Servers' },
  palette: 'Open the command palette',
  cheatSheet: 'Show keyboard shortcuts',
  goTo: 'Go to {{screen}}',
  toggleSidebar: 'Collapse or expand the sidebar',
  nextTheme: 'Next theme',
  lock: 'Lock the vault',
  copyGatewayUrl: 'Copy the gateway’s address',
  addServer: 'Add a server',
  filter: 'Filter the list',
  back: 'Back',
  forward: 'Forward',
} as const
