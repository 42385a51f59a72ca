/** The names of what the page may ask of the app. The preload is made of these, and the main process handles each. */

export const bridgeNames = [
  'getState',
  'takeTarget',
  'copySecret',
  'openExternal',
  'revealFolder',
  'setPreferences',
  'setMenuCommands',
  'lock',
  'unlockWithKeychain',
  'checkForUpdate',
  'installUpdate',
] as const
export type BridgeName = (typeof bridgeNames)[number]

/** What crosses back. Electron hands over no more of an error than its message anyway. */
export type BridgeAnswer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

export const eventChannel = 'gatehouse:event'

export function callChannel(name: BridgeName): string {
  return `gatehouse:${name}`
}
