/** Finds out whether a TCP port of this machine is taken, and by which program, where that can be known. */
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'

const lookupTimeoutMs = 3_000
/** State LISTEN in /proc/net/tcp. */
const listening = '0A'

export interface PortHolder {
  readonly pid: number
  readonly name: string
}

/**
 * @param ports of which 0 is always free
 * @throws NodeJS.ErrnoException `EADDRINUSE`, with `port`, where one is taken
 */
export async function requireFreePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (port === 0) continue
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  }
}

/** @returns undefined where nobody listens, the program belongs to another user, or the system does not tell */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  try {
    if (process.platform === 'linux') return await findOnLinux(port)
    return process.platform === 'darwin' ? await findWithLsof(port) : undefined
  } catch {
    return undefined
  }
}

/** @see [proc_net_tcp](https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html) */
async function findOnLinux(port: number): Promise<PortHolder | undefined> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const inode of listeningInodes(await readFile(table, 'utf8').catch(() => ''), port)) inodes.add(inode)
  if (inodes.size === 0) return undefined
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    for (const descriptor of await readdir(`/proc/${entry}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '')
      if (!inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')) continue
      return { pid: Number(entry), name: (await readFile(`/proc/${entry}/comm`, 'utf8')).trim() }
    }
  }
  return undefined
}

/** Inodes of the sockets that listen on a port, from the text of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === listening && local?.split(':')[1] === wanted)
    .flatMap((fields) => fields[9] ?? [])
}

async function findWithLsof(port: number): Promise<PortHolder | undefined> {
  const { stdout } = await promisify(execFile)('/usr/sbin/lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    timeout: lookupTimeoutMs,
  })
  const pid = /^p(\d+)$/m.exec(stdout)?.[1]
  const name = /^c(.+)$/m.exec(stdout)?.[1]
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name }
}
