/** Updates: fetched in the background, installed on quit, and never while a call is in flight. */
import type { UpdateState } from '../../gateway-core/contract/desktop.js'

/** The part of electron-updater that is used. It checks the signature of what it fetched by itself. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
  on(event: 'checking-for-update' | 'update-not-available', listener: () => void): unknown
  on(event: 'download-progress', listener: (progress: { readonly percent: number }) => void): unknown
  on(event: 'update-downloaded', listener: (update: { readonly version: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  checkForUpdates(): Promise<unknown>
  quitAndInstall(isSilent: boolean, isForceRunAfter: boolean): void
}

const quietCheckMs = 1_000
/** How long a person's wish to install waits for calls that are in flight. */
const maxWaitMs = 10 * 60_000

export interface UpdatesParts {
  /** Loaded when it is first needed; undefined in a build that is not installed. */
  load(): Promise<Updater | undefined>
  /** Of agents, at the gateway; undefined where it cannot be asked, as then none are. */
  callsInFlight(): Promise<number | undefined>
  /** Stops the gateway, so that no call begins between the last look and the restart. */
  stopGateway(): Promise<void>
  changed(state: UpdateState): void
}

export class Updates {
  private current: UpdateState = { phase: 'current' }
  private loaded: Promise<Updater | undefined> | undefined

  constructor(private readonly parts: UpdatesParts) {}

  get state(): UpdateState {
    return this.current
  }

  async check(): Promise<UpdateState> {
    const updater = await this.updater()
    if (updater === undefined) return this.enter({ phase: 'off', because: 'This copy was not installed.' })
    if (this.current.phase === 'downloading' || this.current.phase === 'ready') return this.current
    // What went wrong comes as an event as well.
    await updater.checkForUpdates().catch((error: unknown) => this.failed(error))
    return this.current
  }

  /**
   * Restarts into the update, as soon as no call is in flight.
   *
   * @throws Error where none is ready, or calls go on for ten minutes
   */
  async install(): Promise<void> {
    const updater = await this.updater()
    if (updater === undefined || this.current.phase !== 'ready') throw new Error('There is no update to install.')
    const deadlineMs = performance.now() + maxWaitMs
    while (((await this.parts.callsInFlight()) ?? 0) > 0) {
      if (performance.now() > deadlineMs) throw new Error('Calls are still in flight. The update is installed on quit.')
      await new Promise((resolve) => setTimeout(resolve, quietCheckMs))
    }
    await this.parts.stopGateway()
    updater.quitAndInstall(true, true)
  }

  private updater(): Promise<Updater | undefined> {
    this.loaded ??= this.parts.load().then((updater) => {
      if (updater !== undefined) this.listen(updater)
      return updater
    })
    return this.loaded
  }

  private listen(updater: Updater): void {
    updater.autoDownload = true
    updater.autoInstallOnAppQuit = true
    updater.allowDowngrade = false
    updater.on('checking-for-update', () => this.enter({ phase: 'checking' }))
    updater.on('update-not-available', () => this.enter({ phase: 'current' }))
    updater.on('download-progress', ({ percent }) =>
      this.enter({ phase: 'downloading', percent: Math.max(0, Math.min(100, Math.floor(percent))) }),
    )
    updater.on('update-downloaded', ({ version }) => this.enter({ phase: 'ready', version }))
    updater.on('error', (error) => this.failed(error))
  }

  /** An update that is ready stays ready, whatever a later look for another one comes to. */
  private failed(error: unknown): void {
    if (this.current.phase === 'ready') return
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    this.enter({ phase: 'failed', message: message.slice(0, 200) })
  }

  private enter(state: UpdateState): UpdateState {
    this.current = state
    this.parts.changed(state)
    return state
  }
}
