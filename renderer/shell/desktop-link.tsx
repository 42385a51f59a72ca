/** What the desktop window asks of the page: a place to open, a command of its menus; and the commands that it is told of. */
import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { GatehouseDesktop, MenuCommand, OpenTarget } from '../../gateway-core/contract/desktop.js'
import { commandDefinitions, commandIds, type CommandGroup, type CommandId } from '../commands/definitions.js'
import { keysOf } from '../commands/key-bindings.js'
import { commandTitle, runCommand, useAvailableCommands } from '../commands/use-command.js'
import { desktop } from '../desktop/desktop.js'

export function DesktopLink() {
  return desktop === undefined ? null : <Link desktop={desktop} />
}

function Link({ desktop: app }: { readonly desktop: GatehouseDesktop }) {
  const router = useRouter()
  const available = useAvailableCommands()
  useEffect(() => {
    const open = (target: OpenTarget): void => router.history.push(addressOf(target))
    app.takeTarget().then(
      (target) => target !== undefined && open(target),
      () => undefined,
    )
    return app.onEvent((event) => {
      if (event.event === 'open') open(event.target)
      if (event.event === 'command') {
        const id = commandIds.find((known) => known === event.id)
        if (id !== undefined) runCommand(id)
      }
    })
  }, [app, router])
  useEffect(() => {
    // A menu that could not be shown leaves the palette and the keys.
    app.setMenuCommands(available.map(menuCommand)).catch(() => undefined)
  }, [app, available])
  return null
}

/** Places where something is looked at; none of them does anything by being opened. */
function addressOf(target: OpenTarget): string {
  switch (target.page) {
    case 'add-server':
      return `/servers?${new URLSearchParams({ add: target.url }).toString()}`
    case 'server':
      return `/servers?${new URLSearchParams({ selected: target.slug }).toString()}`
    case 'exchange':
      return `/inspector?${new URLSearchParams({ selected: target.id }).toString()}`
    case 'settings':
      return `/settings?${new URLSearchParams({ section: target.section }).toString()}`
    case 'home':
      return '/'
  }
}

const menus: Readonly<Partial<Record<CommandGroup, MenuCommand['menu']>>> = { general: 'view', screens: 'go' }
const gatewayCommands: ReadonlySet<CommandId> = new Set(['lock', 'pauseGateway', 'copyGatewayUrl'])

function menuCommand(id: CommandId): MenuCommand {
  const accelerator = acceleratorOf(keysOf(id))
  return {
    id,
    label: commandTitle(id).slice(0, 80),
    menu: gatewayCommands.has(id) ? 'gateway' : (menus[commandDefinitions[id].group] ?? 'file'),
    ...(accelerator !== undefined && { accelerator }),
  }
}

/** As Electron writes it; undefined where it would refuse it, as for keys without a modifier. */
function acceleratorOf(keys: string | undefined): string | undefined {
  const accelerator = keys?.replace(/^Mod\+/, 'CmdOrCtrl+').replace(/\+\+$/, '+Plus')
  return accelerator !== undefined &&
    /^(?:(?:CmdOrCtrl|Ctrl|Alt|Shift)\+)+(?:[A-Z0-9,./\\[\]=;'`-]|F\d{1,2}|Enter|Space|Plus)$/.test(accelerator)
    ? accelerator
    : undefined
}
