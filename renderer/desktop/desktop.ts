/** What only the desktop window can do. Undefined in a browser; every use says what is done there instead. */
import type { GatehouseDesktop } from '../../gateway-core/contract/desktop.js'

declare global {
  interface Window {
    readonly gatehouseDesktop?: GatehouseDesktop
  }
}

export const desktop: GatehouseDesktop | undefined = window.gatehouseDesktop
