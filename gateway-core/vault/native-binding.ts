/**
 * Which compiled SQLite this process loads. Node and Electron number their native interfaces differently, so the
 * packages folder holds Node's build and `native/` others, each named for what it fits.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The file in `native/` for one interface, e.g. `better_sqlite3-abi150-linux-x64.node`. */
export function nativeFileName(abi: string, platform: string, arch: string): string {
  return `better_sqlite3-abi${abi}-${platform}-${arch}.node`
}

/**
 * What better-sqlite3 is told: the file for this process, or nothing, which means the packages folder's own.
 *
 * @param from folder of this module: `dist/gateway` where it is bundled, `gateway-core/vault` from source
 */
export function nativeBinding(from: string = import.meta.dirname): { readonly nativeBinding?: string } {
  const name = nativeFileName(process.versions.modules, process.platform, process.arch)
  // A library cannot be loaded from inside the archive; the packager puts it beside it.
  const path = join(from, '../../native', name).replace(/app\.asar(?=[/\\])/, 'app.asar.unpacked')
  return existsSync(path) ? { nativeBinding: path } : {}
}
