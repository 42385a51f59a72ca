/** Builds `dist` before the end-to-end tests, which start what users start. */
import { buildIfStale } from '../../app/setup/build-if-stale.mjs'

export function setup(): void {
  buildIfStale()
}
