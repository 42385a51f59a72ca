import { describe, expect, it } from 'vitest'
import { UsageError } from './command-error.js'
import { portFrom, readEnvironment } from './environment.js'

describe('the data directory', () => {
  it.each([
    ['linux', { HOME: '/home/ann' }, '/home/ann/.local/share/gatehouse'],
    ['linux', { HOME: '/home/ann', XDG_DATA_HOME: '/data' }, '/data/gatehouse'],
    ['linux', { HOME: '/home/ann', XDG_DATA_HOME: '' }, '/home/ann/.local/share/gatehouse'],
    ['darwin', { HOME: '/Users/ann' }, '/Users/ann/Library/Application Support/Gatehouse'],
    ['linux', { HOME: '/home/ann', GATEHOUSE_DATA_DIR: '/vaults/a' }, '/vaults/a'],
  ] as const)('on %s with %j is %s', (platform, variables, dataDir) => {
    expect(readEnvironment(variables, platform).dataDir).toBe(dataDir)
  })

  it('on Windows is in the roaming profile', () => {
    const { dataDir } = readEnvironment({ APPDATA: '/Users/ann/AppData/Roaming' }, 'win32')
    expect(dataDir).toBe('/Users/ann/AppData/Roaming/Gatehouse')
  })
})

describe('the environment', () => {
  it('gives ports and passphrase, or the defaults', () => {
    expect(readEnvironment({ HOME: '/h' }, 'linux')).toMatchObject({
      port: 4283,
      controlPort: 4284,
      passphrase: undefined,
      passphraseFile: undefined,
    })
    const variables = {
      GATEHOUSE_PORT: '0',
      GATEHOUSE_CONTROL_PORT: '5000',
      AUTH_ENCRYPTION_SECRET: 's',
      GATEHOUSE_PASSPHRASE_FILE: '/p',
    }
    expect(readEnvironment(variables, 'linux')).toMatchObject({
      port: 0,
      controlPort: 5000,
      passphrase: 's',
      passphraseFile: '/p',
    })
  })

  it.each(['-1', '65536', '1e3', ' 1', '0x10', '999999', ''])('takes no port %j', (text) => {
    expect(() => portFrom(text, '--port')).toThrow(new UsageError('--port: expected a port, 0 to 65535'))
  })
})
