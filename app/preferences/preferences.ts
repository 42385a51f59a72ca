/** What `settings.json` holds: preferences, where the window was, and what was said once. Nothing secret. */
import * as z from 'zod'
import type { DesktopPreferences } from '../../gateway-core/contract/desktop.js'

const level = z.enum(['off', 'window', 'vault'])

/** Every value that is missing or makes no sense is the default, so that no file keeps the app from starting. */
export const preferencesSchema = z.strictObject({
  startAtLogin: z.boolean(),
  startHidden: z.boolean(),
  hideDockIcon: z.boolean(),
  lockOnIdle: level,
  idleMinutes: z.int().min(1).max(1440),
  lockOnSuspend: level,
  lockOnScreenLock: level,
  notifySignIn: z.boolean(),
  notifyDenials: z.boolean(),
  notifyUpdates: z.boolean(),
  fetchUpdates: z.boolean(),
  theme: z.enum(['system', 'light', 'dark']),
}) satisfies z.ZodType<DesktopPreferences>

const defaults: DesktopPreferences = {
  startAtLogin: false,
  startHidden: true,
  hideDockIcon: false,
  lockOnIdle: 'off',
  idleMinutes: 15,
  lockOnSuspend: 'window',
  lockOnScreenLock: 'window',
  notifySignIn: true,
  notifyDenials: true,
  notifyUpdates: true,
  fetchUpdates: true,
  theme: 'system',
}

const windowSchema = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(1),
  height: z.int().min(1),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof windowSchema>

const portsSchema = z.object({ data: z.int().min(0).max(65_535), control: z.int().min(0).max(65_535) })
export type Ports = z.infer<typeof portsSchema>

const onceSchema = z.object({ closeExplained: z.boolean() })

/** The part of electron-store that is used. */
export interface SettingsFile {
  get(key: string): unknown
  set(key: string, value: unknown): void
  delete(key: string): void
}

export class Settings {
  private readonly listeners = new Set<(preferences: DesktopPreferences) => void>()

  constructor(private readonly file: SettingsFile) {}

  get preferences(): DesktopPreferences {
    const kept = this.file.get('preferences')
    if (typeof kept !== 'object' || kept === null) return defaults
    const sound = Object.entries(preferencesSchema.shape).flatMap(([name, schema]) => {
      const value = schema.safeParse(Reflect.get(kept, name))
      return value.success ? [[name, value.data] as const] : []
    })
    return preferencesSchema.parse({ ...defaults, ...Object.fromEntries(sound) })
  }

  /** @throws z.ZodError where the change is not one */
  change(change: unknown): DesktopPreferences {
    const partial = preferencesSchema.partial().parse(change)
    const preferences = preferencesSchema.parse({ ...this.preferences, ...partial })
    this.file.set('preferences', preferences)
    for (const listener of this.listeners) listener(preferences)
    return preferences
  }

  onChange(listener: (preferences: DesktopPreferences) => void): void {
    this.listeners.add(listener)
  }

  get window(): WindowState | undefined {
    return windowSchema.safeParse(this.file.get('window')).data
  }

  set window(state: WindowState) {
    this.file.set('window', state)
  }

  /** The ports that a person has chosen where the usual ones were taken; undefined means the usual ones. */
  get ports(): Ports | undefined {
    return portsSchema.safeParse(this.file.get('ports')).data
  }

  set ports(ports: Ports) {
    this.file.set('ports', ports)
  }

  /** Where agents called the last time. */
  get lastDataUrl(): string | undefined {
    return z.string().safeParse(this.file.get('lastDataUrl')).data
  }

  set lastDataUrl(url: string) {
    this.file.set('lastDataUrl', url)
  }

  /** Whether it was said that closing the window keeps the gateway running. */
  get closeExplained(): boolean {
    return onceSchema.safeParse(this.file.get('once')).data?.closeExplained ?? false
  }

  set closeExplained(closeExplained: boolean) {
    this.file.set('once', { closeExplained })
  }

  /** Starts in a row that never got as far as showing the page. */
  get unfinishedStarts(): number {
    return z.int().min(0).safeParse(this.file.get('unfinishedStarts')).data ?? 0
  }

  set unfinishedStarts(count: number) {
    this.file.set('unfinishedStarts', count)
  }
}
