/** Ends a server's process and what it started. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Waited after SIGKILL. What is still there then hangs in the kernel. */
const killedMs = 1000

/**
 * Resolves when no process of the group is left: those that do not end by themselves get SIGTERM, then SIGKILL. A child
 * that has ended already leaves nobody who would see its input closed, so its group gets SIGTERM at once. Never rejects.
 *
 * @param child leader of a process group of its own; its standard input was closed
 * @param graceMs waited before SIGTERM, and once more before SIGKILL
 */
export async function endProcessGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const groupId = child.pid
  if (groupId === undefined) return
  if (await isGone(child, groupId, hasExited(child) ? 0 : graceMs)) return
  signalGroup(groupId, 'SIGTERM')
  if (await isGone(child, groupId, graceMs)) return
  signalGroup(groupId, 'SIGKILL')
  await isGone(child, groupId, killedMs)
}

/**
 * The same on Windows, which knows no groups and no SIGTERM: the tree of processes is ended by force. What a child that
 * has ended already left behind cannot be found, and stays. Never rejects.
 */
export async function endWindowsTree(child: ChildProcess, graceMs: number, systemRoot: string): Promise<void> {
  if (child.pid === undefined || hasExited(child)) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await Promise.race([exited, delay(graceMs)])
  if (hasExited(child)) return
  const killer = spawn(join(systemRoot, 'System32', 'taskkill.exe'), ['/PID', String(child.pid), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  })
  killer.once('error', () => child.kill())
  await Promise.race([exited, delay(graceMs)])
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function isGone(child: ChildProcess, groupId: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 80)) {
    // A child that was not waited for yet keeps its group's id from being given to others.
    if (hasExited(child) && !(await isAlive(groupId))) return true
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return false
    await delay(Math.min(pauseMs, leftMs))
  }
}

async function isAlive(groupId: number): Promise<boolean> {
  if (!signalGroup(groupId, 0)) return false
  return process.platform !== 'linux' || (await hasLivingMember(groupId))
}

/** @returns false where there is no process of the group that could be signalled */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal)
  } catch {
    return false
  }
}

/** Tells the living from the dead that nobody has waited for, which take signals too: containers often leave those. */
async function hasLivingMember(groupId: number): Promise<boolean> {
  const names = await readdir('/proc').catch(() => undefined)
  if (names === undefined) return true
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    // proc(5): `pid (comm) state ppid pgrp …`, where comm may hold anything.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)
    if (group === String(groupId) && state !== 'Z' && state !== 'X') return true
  }
  return false
}
