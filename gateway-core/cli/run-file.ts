/**
 * `run.json` in the data directory: where the running gateway is, and the token that commands present to it. Where several
 * run, it is the one that started last; each has a `run.{pid}.json` too, from which the next one takes its place.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

const runSchema = z.object({
  dataUrl: z.string(),
  controlUrl: z.string(),
  controlToken: z.string(),
  pid: z.int().positive(),
  startedAt: z.string(),
})
export type RunFile = z.infer<typeof runSchema>

export function runFilePath(dataDir: string): string {
  return join(dataDir, 'run.json')
}

/** Makes the data directory where it is missing; nobody else may look into it. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  const made = await mkdir(dataDir, { recursive: true, mode: 0o700 })
  // The process's umask may take bits away, never more than these.
  if (made !== undefined) await chmod(dataDir, 0o700)
}

/** Makes this run the one that commands find. */
export async function writeRunFile(dataDir: string, run: RunFile): Promise<void> {
  // For what it removes.
  await newestOther(dataDir)
  await writeWhole(ownRunPath(dataDir, run.pid), run)
  await writeWhole(runFilePath(dataDir), run)
}

function ownRunPath(dataDir: string, pid: number): string {
  return join(dataDir, `run.${pid}.json`)
}

/** Writes it as a whole, readable by this user only. */
async function writeWhole(path: string, run: RunFile): Promise<void> {
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  await writeFile(draft, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

/** @returns undefined where there is none, or it is not one */
export async function readRunFile(dataDir: string): Promise<RunFile | undefined> {
  return readRun(runFilePath(dataDir))
}

/** The run that commands talk to: another one's where that of `run.json` ended without a word. */
export async function findRun(dataDir: string): Promise<RunFile | undefined> {
  const run = await readRunFile(dataDir)
  return run !== undefined && isProcessAlive(run.pid) ? run : newestOther(dataDir)
}

async function readRun(path: string): Promise<RunFile | undefined> {
  try {
    return runSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Removes this run. Where commands would have found it, they find the one that started last of those still running. */
export async function removeRunFile(dataDir: string, own: Pick<RunFile, 'pid' | 'startedAt'>): Promise<void> {
  await rm(ownRunPath(dataDir, own.pid), { force: true })
  const run = await readRunFile(dataDir)
  if (run !== undefined && (run.pid !== own.pid || run.startedAt !== own.startedAt)) return
  const next = await newestOther(dataDir)
  if (next === undefined) await rm(runFilePath(dataDir), { force: true })
  else await writeWhole(runFilePath(dataDir), next)
}

/** Those that ended without a word are removed on the way. */
async function newestOther(dataDir: string): Promise<RunFile | undefined> {
  const names = await readdir(dataDir).catch(() => [])
  let newest: RunFile | undefined
  for (const name of names.filter((each) => /^run\.\d+\.json$/.test(each))) {
    const path = join(dataDir, name)
    const run = await readRun(path)
    if (run === undefined || !isProcessAlive(run.pid)) await rm(path, { force: true })
    else if (newest === undefined || run.startedAt > newest.startedAt) newest = run
  }
  return newest
}

/** Whether a process with this id exists. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
