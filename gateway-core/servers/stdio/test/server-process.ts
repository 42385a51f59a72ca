import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How one of the servers in fake-server.mjs is started. */
export function fakeServer(args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [join(import.meta.dirname, 'fake-server.mjs'), ...args] }
}

/** Whether a process lives: one that is dead and not waited for does not. */
export async function isLiving(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
}
