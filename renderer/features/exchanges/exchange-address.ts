/** Addresses of the inspector, below `#`. */

export function exchangeAddress(id: string): string {
  return `#/inspector?selected=${encodeURIComponent(id)}`
}

/** @param filter in the inspector's language: `server:github` */
export function filterAddress(filter: string): string {
  return `#/inspector?q=${encodeURIComponent(filter)}`
}
