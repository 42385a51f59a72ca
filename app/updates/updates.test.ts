import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { UpdateState } from '../../gateway-core/contract/desktop.js'
import { Updates, type Updater } from './updates.js'

/** An updater in memory, as electron-updater runs in Electron only. */
class MemoryUpdater extends EventEmitter {
  autoDownload = false
  autoInstallOnAppQuit = false
  allowDowngrade = true
  readonly installed: string[] = []
  checkForUpdates = async (): Promise<void> => void this.emit('checking-for-update')
  quitAndInstall(): void {
    this.installed.push('installed')
  }
}

function updatesWith(updater: MemoryUpdater | undefined, calls: () => number | undefined = () => 0) {
  const states: UpdateState[] = []
  const order: string[] = updater?.installed ?? []
  const updates = new Updates({
    load: async () => updater as Updater | undefined,
    callsInFlight: async () => calls(),
    stopGateway: async () => void order.push('stopped'),
    changed: (state) => states.push(state),
  })
  return { updates, states, order }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('Updates', () => {
  it('is off where nothing was installed', async () => {
    const { updates } = updatesWith(undefined)
    expect(await updates.check()).toMatchObject({ phase: 'off' })
    await expect(updates.install()).rejects.toThrow('no update')
  })

  it('fetches in the background, installs on quit, and never goes back', async () => {
    const updater = new MemoryUpdater()
    const { updates, states } = updatesWith(updater)
    await updates.check()
    expect(updater).toMatchObject({ autoDownload: true, autoInstallOnAppQuit: true, allowDowngrade: false })
    updater.emit('download-progress', { percent: 41.7 })
    updater.emit('update-downloaded', { version: '1.2.3' })
    updater.emit('error', new Error('a later look failed'))
    expect(states).toEqual([
      { phase: 'checking' },
      { phase: 'downloading', percent: 41 },
      { phase: 'ready', version: '1.2.3' },
    ])
    expect(await updates.check()).toEqual({ phase: 'ready', version: '1.2.3' })
  })

  it('waits for calls in flight, then stops the gateway, then installs', async () => {
    const updater = new MemoryUpdater()
    let calls = 2
    const { updates, order } = updatesWith(updater, () => calls)
    await updates.check()
    updater.emit('update-downloaded', { version: '1.2.3' })
    const installed = updates.install()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(order).toEqual([])
    calls = 0
    await vi.advanceTimersByTimeAsync(1_000)
    await installed
    expect(order).toEqual(['stopped', 'installed'])
  })

  it('gives up on calls that never end, and installs nothing', async () => {
    const updater = new MemoryUpdater()
    const { updates, order } = updatesWith(updater, () => 1)
    await updates.check()
    updater.emit('update-downloaded', { version: '1.2.3' })
    const outcome = updates.install().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(11 * 60_000)
    expect(String(await outcome)).toContain('still in flight')
    expect(order).toEqual([])
  })

  it('tells one line of what went wrong', async () => {
    const updater = new MemoryUpdater()
    updater.checkForUpdates = async () => Promise.reject(new Error('no network\n    at stack'))
    expect(await updatesWith(updater).updates.check()).toEqual({ phase: 'failed', message: 'no network' })
  })
})
