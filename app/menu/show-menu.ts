/** Makes the application's menu of its template. */
import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuItem, TopMenu } from './menu-template.js'

export interface MenuActions {
  command(id: string): void
  action(name: 'quit' | 'check-for-updates'): void
}

export function showMenu(menus: readonly TopMenu[], actions: MenuActions): void {
  const template = menus.map(({ label, items }) => ({ label, submenu: items.map((item) => optionsOf(item, actions)) }))
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}

function optionsOf(item: MenuItem, actions: MenuActions): MenuItemConstructorOptions {
  if (item.type === 'separator') return { type: 'separator' }
  if (item.type === 'role') return { role: item.role }
  if (item.type === 'action') {
    const keys = item.action === 'quit' ? { accelerator: 'CmdOrCtrl+Q' } : {}
    return { label: item.label, ...keys, click: () => actions.action(item.action) }
  }
  const { id, label, accelerator } = item.command
  // The page has its keys itself, so that they work in a browser too and can be rebound; the menu shows them.
  const keys = accelerator === undefined ? {} : { accelerator, registerAccelerator: false }
  return { label, ...keys, click: () => actions.command(id) }
}
