/** The machine that agents' files are looked for on: whose home, which system, which variables say otherwise. */
import { posix, win32 } from 'node:path'

export interface Machine {
  /** Absolute path of the user's home folder. */
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A path below the home folder. */
export function inHome(machine: Machine, ...parts: readonly string[]): string {
  return pathsOf(machine).join(machine.home, ...parts)
}

/** Where a variable says, or below the home folder. A relative path in a variable is of nobody's folder, and not taken. */
export function inFolderOf(machine: Machine, variable: string, fallback: string, ...parts: readonly string[]): string {
  const paths = pathsOf(machine)
  const given = machine.env[variable]
  const folder = given !== undefined && paths.isAbsolute(given) ? given : paths.join(machine.home, fallback)
  return paths.join(folder, ...parts)
}

/** Where command-line programs of every system keep their configuration: `~/.config`, or as XDG says. */
export function inConfigHome(machine: Machine, ...parts: readonly string[]): string {
  return inFolderOf(machine, 'XDG_CONFIG_HOME', '.config', ...parts)
}

/** Where desktop programs keep their data: `~/.config`, `~/Library/Application Support`, or `%APPDATA%`. */
export function inAppData(machine: Machine, ...parts: readonly string[]): string {
  if (machine.platform === 'win32') return inFolderOf(machine, 'APPDATA', 'AppData\\Roaming', ...parts)
  if (machine.platform === 'darwin') return inHome(machine, 'Library', 'Application Support', ...parts)
  return inConfigHome(machine, ...parts)
}

/** @returns the path as people write it, with `~` for their home folder */
export function shortPath(machine: Machine, path: string): string {
  return isInside(machine, machine.home, path) ? `~${path.slice(machine.home.length)}` : path
}

/** Whether a path is below a folder. Both absolute, without links. */
export function isInside(machine: Machine, folder: string, path: string): boolean {
  const paths = pathsOf(machine)
  const way = paths.relative(folder, path)
  return way !== '' && !way.startsWith('..') && !paths.isAbsolute(way)
}

export function pathsOf({ platform }: Pick<Machine, 'platform'>): typeof posix {
  return platform === 'win32' ? win32 : posix
}
