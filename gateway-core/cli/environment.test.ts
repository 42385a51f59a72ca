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

  it('gives how authorization servers are asked, or the defaults', () => {
    const oauth = (variables: Record<string, string>) => readEnvironment({ HOME: '/h', ...variables }, 'linux').oauth
    expect(oauth({ OAUTH_MAX_RETRIES: '' })).toEqual({ requestTimeoutMs: 30_000, maxRetries: 3, adminUrl: undefined })
    const admin = 'https://admin.example.com/base'
    expect(oauth({ OAUTH_REQUEST_TIMEOUT: '2.5', OAUTH_MAX_RETRIES: '0', HIGHFLAME_ADMIN_URL: admin })).toEqual({
      requestTimeoutMs: 2500,
      maxRetries: 0,
      adminUrl: admin,
    })
    expect(oauth({ HIGHFLAME_ADMIN_URL: 'http://127.0.0.1:9/' }).adminUrl).toBe('http://127.0.0.1:9/')
  })

  it.each([
    ['OAUTH_REQUEST_TIMEOUT', '0'],
    ['OAUTH_REQUEST_TIMEOUT', '30s'],
    ['OAUTH_MAX_RETRIES', '-1'],
    ['OAUTH_MAX_RETRIES', '1e9'],
    ['HIGHFLAME_ADMIN_URL', 'http://admin.example.com'],
    ['HIGHFLAME_ADMIN_URL', 'file:///etc'],
    ['HIGHFLAME_ADMIN_URL', 'admin'],
  ])('names %s where it is %j', (name, value) => {
    expect(() => readEnvironment({ HOME: '/h', [name]: value }, 'linux')).toThrow(new RegExp(`^${name}: expected`))
  })

  it.each(['-1', '65536', '1e3', ' 1', '0x10', '999999', ''])('takes no port %j', (text) => {
    expect(() => portFrom(text, '--port')).toThrow(new UsageError('--port: expected a port, 0 to 65535'))
  })
})
