import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isRecord } from '../../contract/json-rpc.js'
import { isLiving } from './test/server-process.js'

const repository = join(import.meta.dirname, '../../..')
const waiting = { timeout: 15_000, interval: 50 }
const started: number[] = []
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone, as it should be.
    }
  }
})

/** A process that uses the transport as the gateway does, and the processes of the server that it started. */
async function startGateway(...args: readonly string[]) {
  const program = join(import.meta.dirname, 'test/use-transport.ts')
  const gateway = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    cwd: repository,
    // Whose start files take no time, and hold no locks when they are killed.
    env: { ...process.env, SHELL: '/bin/sh' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: gateway.stdout })
  const [line]: unknown[] = await once(lines, 'line')
  const told: unknown = JSON.parse(String(line))
  const params = isRecord(told) ? told['params'] : undefined
  const pids = isRecord(params) && Array.isArray(params['pids']) ? params['pids'].map(Number) : []
  started.push(...pids)
  return {
    gateway,
    pids,
    async kill() {
      gateway.kill('SIGKILL')
      await once(gateway, 'exit')
    },
  }
}

async function expectGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) await vi.waitFor(async () => expect(await isLiving(pid)).toBe(false), waiting)
}

/** The guards that a process has started. */
async function guardsOf(parent: number): Promise<readonly number[]> {
  const guards: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[1] === String(parent) && commandLine.includes('\0gatehouse-guard\0')) guards.push(Number(name))
  }
  return guards
}

describe.skipIf(process.platform === 'win32')('when the gateway is killed', () => {
  it('a server ends that would not by itself', async () => {
    const { pids, kill } = await startGateway('hang')
    await kill()
    await expectGone(pids)
  })

  it('what a server started ends too, though it ignores every signal and the server has ended', async () => {
    const { pids, kill } = await startGateway('family', 'group')
    await kill()
    expect(pids).toHaveLength(2)
    await expectGone(pids)
  })

  it.runIf(process.platform === 'linux')('so does what left the group', async () => {
    const { pids, kill } = await startGateway('family', 'setsid', 'hang')
    await kill()
    expect(pids).toHaveLength(2)
    await expectGone(pids)
  })

  it.runIf(process.platform === 'linux')('a guard that was killed before has been replaced', async () => {
    const { gateway, pids, kill } = await startGateway('hang')
    const parent = gateway.pid ?? 0
    const [first = 0] = await vi.waitFor(async () => {
      const guards = await guardsOf(parent)
      expect(guards).toHaveLength(1)
      return guards
    }, waiting)
    process.kill(first, 'SIGKILL')
    const second = await vi.waitFor(async () => {
      const guards = (await guardsOf(parent)).filter((guard) => guard !== first)
      expect(guards).toHaveLength(1)
      return guards
    }, waiting)
    await kill()
    await expectGone(pids)
    await expectGone(second)
  })
})
