/** `run.json` in the data directory: where the running gateway is, and the token that commands present to it. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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

/** Writes it as a whole, readable by this user only. */
export async function writeRunFile(dataDir: string, run: RunFile): Promise<void> {
  const path = runFilePath(dataDir)
  const draft = `${path}.${run.pid}`
  await rm(draft, { force: true })
  await writeFile(draft, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

/** @returns undefined where there is none, or it is not one */
export async function readRunFile(dataDir: string): Promise<RunFile | undefined> {
  try {
    return runSchema.safeParse(JSON.parse(await readFile(runFilePath(dataDir), 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Removes it where it is this run's; another gateway's is left alone. */
export async function removeRunFile(dataDir: string, own: Pick<RunFile, 'pid' | 'startedAt'>): Promise<void> {
  const run = await readRunFile(dataDir)
  if (run?.pid === own.pid && run.startedAt === own.startedAt) await rm(runFilePath(dataDir), { force: true })
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
