/** Everything that the page asks of the app comes in here: who asks is checked, then what is asked, then it is done. */
import * as z from 'zod'
import { menuCommandsSchema } from '../menu/menu-template.js'
import { preferencesSchema } from '../preferences/preferences.js'
import { bridgeNames, callChannel, type BridgeAnswer, type BridgeName } from './bridge-names.js'

const nothing = z.undefined()
const inputs = {
  getState: nothing,
  takeTarget: nothing,
  copySecret: z.string().min(1).max(65_536),
  openExternal: z.string().max(8192),
  revealFolder: z.enum(['data', 'logs']),
  setPreferences: preferencesSchema.partial(),
  setMenuCommands: menuCommandsSchema,
  lock: z.enum(['window', 'vault']),
  unlockWithKeychain: nothing,
  checkForUpdate: nothing,
  installUpdate: nothing,
} as const satisfies Record<BridgeName, z.ZodType>

export type BridgeHandlers = {
  readonly [Name in BridgeName]: (input: z.output<(typeof inputs)[Name]>) => unknown
}

/** Who asks, as Electron tells it of a message. */
export interface Sender {
  /** Of the frame; undefined where it is gone. */
  readonly origin: string | undefined
  readonly isTopFrame: boolean
  readonly webContentsId: number
}

export interface Trusted {
  /** Origin of the gateway's page; undefined while there is none. */
  readonly origin: string | undefined
  readonly webContentsId: number | undefined
}

/** Only the top frame of the one window, while it shows the gateway's page. */
export function isTrusted(sender: Sender, trusted: Trusted): boolean {
  return (
    sender.isTopFrame &&
    trusted.origin !== undefined &&
    sender.origin === trusted.origin &&
    sender.webContentsId === trusted.webContentsId
  )
}

/** The part of Electron's `ipcMain` that is used, with the sender already read. */
export interface CallSource {
  handle(channel: string, listener: (sender: Sender, input: unknown) => Promise<BridgeAnswer>): void
}

export function handleCalls(source: CallSource, trusted: () => Trusted, handlers: BridgeHandlers): void {
  for (const name of bridgeNames)
    source.handle(callChannel(name), async (sender, input) => {
      if (!isTrusted(sender, trusted())) return { ok: false, message: 'This page may not ask that.' }
      const parsed = inputs[name].safeParse(input)
      if (!parsed.success) return { ok: false, message: `${name}: the input is not what it should be.` }
      try {
        // The table types each handler by its own row; which row this is, is known only at run time.
        const handle = handlers[name] as (input: unknown) => unknown
        return { ok: true, value: await handle(parsed.data) }
      } catch (error) {
        return { ok: false, message: error instanceof Error ? error.message : 'That failed.' }
      }
    })
}
