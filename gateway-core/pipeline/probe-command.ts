/** Finds the program that a server's command means, as starting it would. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { posix } from 'node:path'
import { loginShellPath } from '../servers/stdio/login-shell-path.js'
import { windowsCandidates } from '../servers/stdio/windows-command.js'

const isWindows = process.platform === 'win32'

export interface CommandPlace {
  readonly command: string
  /** The home folder where it is not given. */
  readonly cwd: string | undefined
  /** The variable of its configuration, if it has one. */
  readonly path: string | undefined
}

/** @returns the program's path; undefined where there is none, or none that may be executed */
export async function findCommand({ command, cwd = homedir(), path }: CommandPlace): Promise<string | undefined> {
  const folders = path ?? (await loginShellPath())
  const candidates = isWindows
    ? windowsCandidates(command, { cwd, path: folders, pathExtensions: process.env['PATHEXT'] ?? '' })
    : posixCandidates(command, cwd, folders)
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate
  return undefined
}

function posixCandidates(command: string, cwd: string, folders: string): readonly string[] {
  if (command.includes('/')) return [posix.resolve(cwd, command)]
  return folders.split(':').map((folder) => posix.resolve(cwd, folder, command))
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, isWindows ? constants.F_OK : constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
