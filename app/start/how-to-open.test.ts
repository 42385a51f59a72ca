import { describe, expect, it } from 'vitest'
import { browserCommand, howToOpen } from './how-to-open.js'

const electron = '/opt/electron/electron'

describe('howToOpen', () => {
  it('opens the window where there are Electron and a display', () => {
    expect(howToOpen({ platform: 'linux', env: { DISPLAY: ':0' }, electron })).toEqual({ surface: 'window', electron })
    expect(howToOpen({ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' }, electron }).surface).toBe('window')
  })

  it.each(['darwin', 'win32'] as const)('takes a display for granted on %s', (platform) => {
    expect(howToOpen({ platform, env: {}, electron })).toEqual({ surface: 'window', electron })
  })

  it('opens the browser where Electron is missing', () => {
    expect(howToOpen({ platform: 'linux', env: { DISPLAY: ':0' }, electron: undefined })).toEqual({
      surface: 'browser',
      because: 'Electron was not found',
    })
  })

  it.each([{}, { DISPLAY: '' }])('opens nothing without a display, Electron or not: %o', (env) => {
    expect(howToOpen({ platform: 'linux', env, electron })).toEqual({
      surface: 'none',
      because: 'There is no display here',
    })
    expect(howToOpen({ platform: 'linux', env, electron: undefined }).surface).toBe('none')
  })
})

describe('browserCommand', () => {
  const url = 'http://127.0.0.1:4284/?a=1&calc.exe'

  it.each([
    ['darwin', 'open'],
    ['win32', 'rundll32'],
    ['linux', 'xdg-open'],
  ] as const)('on %s gives the URL to %s as one argument', (platform, file) => {
    const command = browserCommand(platform, url)
    expect(command.file).toBe(file)
    expect(command.args.at(-1)).toBe(url)
  })
})
