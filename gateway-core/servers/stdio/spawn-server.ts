/** Starts a server's process, and says in plain words why that failed. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { GatewayError } from '../../contract/errors.js'
import { baseEnvironment, withVariables } from './child-environment.js'
import { markVariable } from './child-guard.js'
import { loginShellPath } from './login-shell-path.js'
import { windowsCandidates, windowsProcess } from './windows-command.js'

export const isWindows = process.platform === 'win32'
export const systemRoot = process.env['SystemRoot'] ?? 'C:\\Windows'

export interface ServerCommand {
  readonly slug: string
  readonly command: string
  readonly args: readonly string[]
  /** Added to the base environment. Secrets are resolved. */
  readonly env: Readonly<Record<string, string>>
  /** The home folder where it is not given. */
  readonly cwd?: string
}

/** What is known before the process is started, so that starting it is one step. */
export interface PreparedCommand {
  readonly slug: string
  readonly command: string
  readonly file: string
  readonly args: readonly string[]
  readonly isVerbatim: boolean
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** @throws GatewayError `server_unreachable` */
export async function prepareCommand(server: ServerCommand, mark: string): Promise<PreparedCommand> {
  const { slug, command, args, cwd = homedir() } = server
  const base = { ...baseEnvironment(process.env, isWindows), PATH: await loginShellPath() }
  const configured = withVariables(base, server.env, isWindows)
  const env = { ...configured, [markVariable]: mark }
  const prepared = { slug, command, file: command, args, isVerbatim: false, env, cwd }
  if (!isWindows) return prepared
  const variable = (name: string): string =>
    Object.entries(env).find(([other]) => other.toUpperCase() === name)?.[1] ?? ''
  const search = { cwd, path: variable('PATH'), pathExtensions: variable('PATHEXT') }
  for (const file of windowsCandidates(command, search)) {
    if (await isFile(file)) return { ...prepared, ...windowsProcess(file, args, systemRoot) }
  }
  throw await startFailure(prepared, 'ENOENT')
}

/**
 * Starts it, on POSIX as leader of a process group of its own.
 *
 * @throws unknown where Node refuses what it was given; a reason that has arguments and environment in it
 */
export function spawnServer(prepared: PreparedCommand): ChildProcessWithoutNullStreams {
  return spawn(prepared.file, [...prepared.args], {
    cwd: prepared.cwd,
    env: prepared.env,
    stdio: 'pipe',
    // On Windows it would open a console window.
    detached: !isWindows,
    windowsHide: true,
    windowsVerbatimArguments: prepared.isVerbatim,
  })
}

/**
 * Why a process could not be started. Without the error of Node as its cause, whose text may hold arguments.
 *
 * @param code of the system's error, `ENOENT`
 */
export async function startFailure(prepared: PreparedCommand, code: string): Promise<GatewayError> {
  const { slug, command, cwd } = prepared
  const failure = (why: string, fix: string): GatewayError =>
    new GatewayError('server_unreachable', { detail: `The server ${slug} cannot be started: ${why}.`, fix })
  // The system says ENOENT of a missing folder too, and names the command.
  if (!(await isFolder(cwd)))
    return failure(`its working folder ${cwd} is not there`, 'Make the folder, or correct `cwd`.')
  switch (code) {
    case 'ENOENT':
      return failure(
        `the command ${command} was not found`,
        'Install it, or give its full path. The search path is that of your login shell.',
      )
    case 'EACCES':
      return failure(`the command ${command} may not be executed`, 'Make the file executable, or correct the command.')
    case 'E2BIG':
      return failure(`the arguments and variables of ${command} are too long`, 'Shorten them.')
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return failure(`the system has no room for the process of ${command} (${code})`, 'End other programs first.')
    default:
      return failure(
        `the system refused the command ${command} (${code})`,
        'Run the command in a terminal to see why, and check its arguments and variables for control characters.',
      )
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}
