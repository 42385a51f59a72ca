/** An agent's configuration file on disk: read whole, written whole or not at all. */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, readFile, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { GatewayError } from '../contract/errors.js'
import { isInside, pathsOf, shortPath, type Machine } from './machine.js'

const maxFileBytes = 16 * 1024 * 1024

/** What stands for the digest of a file that is not there. */
const absent = 'absent'

export interface ConfigFile {
  /** As the agent names it. */
  readonly path: string
  /** Where it really is, links followed. */
  readonly realPath: string
  /** Whether that is outside of the home folder. */
  readonly isOutside: boolean
  /** Undefined where there is none. */
  readonly bytes: Buffer | undefined
  readonly text: string
  /** SHA-256 of the bytes in hex, or `absent`. */
  readonly hash: string
  /** Permission bits; undefined where there is no file. */
  readonly mode: number | undefined
  /** Epoch milliseconds; undefined where there is no file. */
  readonly modifiedMs: number | undefined
}

/**
 * Reads the file, links followed.
 *
 * @throws GatewayError `invalid_input` where it is no file, larger than 16 MiB, not UTF-8 or not readable
 */
export async function readConfigFile(path: string, machine: Machine): Promise<ConfigFile> {
  const realPath = await followLinks(path, machine)
  const home = await realpath(machine.home).catch(() => machine.home)
  const place = { path, realPath, isOutside: !isInside(machine, home, realPath) }
  const refuse = (what: string, fix: string): never => {
    throw new GatewayError('invalid_input', { detail: `${shortPath(machine, path)} ${what}.`, fix })
  }
  try {
    const found = await stat(realPath)
    if (!found.isFile()) return refuse('is not a file', 'Look at what stands there.')
    if (found.size > maxFileBytes) return refuse('is larger than 16 MiB', 'Edit it by hand.')
    const bytes = await readFile(realPath)
    const text = decode(bytes)
    if (text === undefined) return refuse('is not UTF-8 text', 'Save it in this encoding.')
    const { mode, mtimeMs } = found
    return { ...place, bytes, text, hash: digest(bytes), mode: mode & 0o777, modifiedMs: Math.round(mtimeMs) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      return { ...place, bytes: undefined, text: '', hash: absent, mode: undefined, modifiedMs: undefined }
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM')
      return refuse('may not be read', 'Allow it: on a Mac in System Settings, Privacy & Security, Files and Folders.')
    throw error
  }
}

/** The file that a path leads to. A link that leads nowhere is refused: a file made there would be a surprise. */
async function followLinks(path: string, machine: Machine): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unfollowable(path, machine)
  }
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
  if (isLink) throw unfollowable(path, machine)
  const { dirname, basename, join } = pathsOf(machine)
  const parent = dirname(path)
  return parent === path ? path : join(await followLinks(parent, machine), basename(path))
}

function unfollowable(path: string, machine: Machine): GatewayError {
  return new GatewayError('invalid_input', {
    detail: `${shortPath(machine, path)} is a link that leads nowhere.`,
    fix: 'Mend or remove the link.',
  })
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export interface Written {
  readonly hash: string
  /** Folders that were made, the outermost first. */
  readonly madeFolders: readonly string[]
}

/**
 * Puts bytes in the place of what was read: beside it, then by a rename, so that a reader finds the one or the other.
 * Others may not read it afterwards.
 *
 * @throws GatewayError `conflict` where the file is not what was read any more, or is read-only; nothing is lost
 */
export async function replaceConfigFile(
  read: ConfigFile,
  bytes: Uint8Array,
  machine: Machine,
  mode = read.mode === undefined ? 0o600 : (read.mode & 0o700) | 0o600,
): Promise<Written> {
  refuseReadOnly(read, machine)
  const { dirname, basename, join } = pathsOf(machine)
  const folder = dirname(read.realPath)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  const beside = join(folder, `.${basename(read.realPath)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await refuseChanged(read, machine)
    await rename(beside, read.realPath)
  } catch (error) {
    await rm(beside, { force: true })
    throw failureOf(error, read, machine)
  }
  await syncFolder(folder)
  return { hash: digest(bytes), madeFolders: made === undefined ? [] : foldersBetween(made, folder, machine) }
}

/**
 * Removes a file that was read, and folders that are empty then.
 *
 * @param folders the outermost first
 * @throws GatewayError `conflict` where the file is not what was read any more
 */
export async function removeConfigFile(read: ConfigFile, folders: readonly string[], machine: Machine): Promise<void> {
  await refuseChanged(read, machine)
  await rm(read.realPath)
  // One that has got something else in it stays.
  for (const folder of [...folders].reverse()) await rmdir(folder).catch(() => undefined)
}

/** Writes a file of Gatehouse's own, mode 0600, in a folder of mode 0700. */
export async function writePrivateFile(path: string, bytes: Uint8Array | string, machine: Machine): Promise<void> {
  const { dirname } = pathsOf(machine)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await chmod(path, 0o600)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

export function digest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Where the user may write it by permission alone is not asked of the system: root may always. */
function refuseReadOnly(read: ConfigFile, machine: Machine): void {
  if (read.mode === undefined || (read.mode & 0o200) !== 0) return
  throw new GatewayError('conflict', {
    detail: `${shortPath(machine, read.path)} is read-only.`,
    fix: 'Make it writable if you want Gatehouse to edit it.',
  })
}

async function refuseChanged(read: ConfigFile, machine: Machine): Promise<void> {
  const { hash } = await readConfigFile(read.path, machine)
  if (hash !== read.hash) throw changedSince(read.path, machine)
}

/** The answer to a write that would lose what somebody else wrote. */
export function changedSince(path: string, machine: Machine): GatewayError {
  return new GatewayError('conflict', {
    detail: `${shortPath(machine, path)} has changed since it was looked at, and was left as it is.`,
    fix: 'Look at the change again.',
  })
}

function failureOf(error: unknown, read: ConfigFile, machine: Machine): unknown {
  const code = codeOf(error)
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'ENOSPC') return error
  return new GatewayError('conflict', {
    detail: `${shortPath(machine, read.path)} could not be written (${code}), and is as it was.`,
    fix: 'Allow Gatehouse to write there, or edit the file by hand.',
    cause: error,
  })
}

/** The rename is on disk once the folder is. Not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Windows opens no folders.
  }
}

function foldersBetween(outermost: string, innermost: string, machine: Machine): readonly string[] {
  const { dirname } = pathsOf(machine)
  const folders: string[] = []
  for (let at = innermost; at !== outermost && at !== dirname(at); at = dirname(at)) folders.unshift(at)
  return [outermost, ...folders]
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
