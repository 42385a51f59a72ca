/** The application's menu: what the system has a role for, and the page's own commands, which the page declares. */
import * as z from 'zod'
import type { DesktopPlatform, MenuCommand } from '../../gateway-core/contract/desktop.js'

export const menuCommandsSchema = z
  .array(
    z.strictObject({
      id: z.string().regex(/^[a-z][A-Za-z0-9.-]{0,63}$/),
      label: z.string().min(1).max(80),
      menu: z.enum(['file', 'edit', 'view', 'go', 'gateway', 'help']),
      accelerator: z
        .string()
        .regex(/^(?:(?:CmdOrCtrl|Cmd|Ctrl|Alt|Option|Shift)\+)+(?:[A-Z0-9,./\\[\]=;'`-]|F\d{1,2}|Enter|Space|Plus)$/)
        .optional(),
    }),
  )
  .max(120) satisfies z.ZodType<readonly MenuCommand[]>

export type Role =
  | 'about'
  | 'services'
  | 'hide'
  | 'hideOthers'
  | 'unhide'
  | 'undo'
  | 'redo'
  | 'cut'
  | 'copy'
  | 'paste'
  | 'selectAll'
  | 'resetZoom'
  | 'zoomIn'
  | 'zoomOut'
  | 'togglefullscreen'
  | 'minimize'
  | 'zoom'
  | 'close'
  | 'front'

export type MenuItem =
  | { readonly type: 'separator' }
  | { readonly type: 'role'; readonly role: Role }
  | { readonly type: 'command'; readonly command: MenuCommand }
  /** What the app itself does. */
  | { readonly type: 'action'; readonly label: string; readonly action: 'quit' | 'check-for-updates' }

export interface TopMenu {
  readonly label: string
  readonly items: readonly MenuItem[]
}

const editRoles: readonly Role[] = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']
const viewRoles: readonly Role[] = ['resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen']

/** Menus without an item are left out. A command of the page never takes the keys of an item before it. */
export function menuTemplate(commands: readonly MenuCommand[], platform: DesktopPlatform): readonly TopMenu[] {
  const isMac = platform === 'darwin'
  const own = withoutDoubleKeys(commands)
  const of = (menu: MenuCommand['menu']): readonly MenuItem[] =>
    own.filter((command) => command.menu === menu).map((command) => ({ type: 'command', command }))
  const quit: MenuItem = { type: 'action', label: 'Quit Gatehouse', action: 'quit' }
  const update: MenuItem = { type: 'action', label: 'Check for updates…', action: 'check-for-updates' }
  const appMenu = joined(
    [role('about'), update],
    [role('services')],
    [role('hide'), role('hideOthers'), role('unhide')],
    [quit],
  )
  const menus: readonly TopMenu[] = [
    ...(isMac ? [{ label: 'Gatehouse', items: appMenu }] : []),
    { label: 'File', items: joined(of('file'), [role('close')], isMac ? [] : [quit]) },
    { label: 'Edit', items: joined(editRoles.map(role), of('edit')) },
    { label: 'View', items: joined(of('view'), viewRoles.map(role)) },
    { label: 'Go', items: of('go') },
    { label: 'Gateway', items: of('gateway') },
    { label: 'Window', items: [role('minimize'), role('zoom'), ...(isMac ? [role('front')] : [])] },
    { label: 'Help', items: joined(of('help'), isMac ? [] : [update, role('about')]) },
  ]
  return menus.filter(({ items }) => items.length > 0)
}

function role(name: Role): MenuItem {
  return { type: 'role', role: name }
}

function joined(...groups: readonly (readonly MenuItem[])[]): readonly MenuItem[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : [{ type: 'separator' } as const, ...group]))
}

function withoutDoubleKeys(commands: readonly MenuCommand[]): readonly MenuCommand[] {
  const taken = new Set<string>()
  return commands.map(({ accelerator, ...command }) => {
    if (accelerator === undefined || taken.has(accelerator)) return command
    taken.add(accelerator)
    return { ...command, accelerator }
  })
}
