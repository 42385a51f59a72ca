import { describe, expect, it } from 'vitest'
import { Settings } from './preferences.js'

/** What electron-store keeps in a file, kept in a map. */
function settingsWith(content: Readonly<Record<string, unknown>> = {}): {
  settings: Settings
  content: Map<string, unknown>
} {
  const kept = new Map(Object.entries(content))
  const file = {
    get: (key: string) => kept.get(key),
    set: (key: string, value: unknown) => void kept.set(key, value),
    delete: (key: string) => void kept.delete(key),
  }
  return { settings: new Settings(file), content: kept }
}

describe('Settings', () => {
  it('starts with what is safe: no login item, the window locked with the screen', () => {
    expect(settingsWith().settings.preferences).toMatchObject({
      startAtLogin: false,
      lockOnIdle: 'off',
      lockOnScreenLock: 'window',
    })
  })

  it('keeps what makes sense in a damaged file, and takes the default for the rest', () => {
    const { settings } = settingsWith({
      preferences: { theme: 'dark', idleMinutes: -3, lockOnIdle: 'everything', invented: 1 },
      window: { width: 'wide' },
      unfinishedStarts: 'many',
      ports: { data: 99_999, control: 1 },
    })
    expect(settings.preferences).toMatchObject({ theme: 'dark', idleMinutes: 15, lockOnIdle: 'off' })
    expect(settings.preferences).not.toHaveProperty('invented')
    expect([settings.window, settings.unfinishedStarts, settings.ports]).toEqual([undefined, 0, undefined])
  })

  it('changes some, tells who listens, and refuses what is unknown', () => {
    const { settings, content } = settingsWith()
    const seen: unknown[] = []
    settings.onChange((preferences) => seen.push(preferences))
    expect(settings.change({ theme: 'light' })).toMatchObject({ theme: 'light', idleMinutes: 15 })
    expect(seen).toHaveLength(1)
    for (const change of [{ theme: 'pink' }, { invented: true }, 7, null])
      expect(() => settings.change(change)).toThrow(/expected|Unrecognized/)
    expect(content.get('preferences')).toMatchObject({ theme: 'light' })
  })
})
