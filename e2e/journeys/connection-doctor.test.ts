/** The connection doctor: from a server's name to the first call with an account, without signing anybody in. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture } from '../peers/account-fixture.js'
import { at } from '../peers/send.js'

const command = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start()
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

interface Step {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly skipped?: true
  readonly fix?: string
}

const probe = async (slug = 'files', caller?: string): Promise<readonly Step[]> => {
  const input = caller === undefined ? undefined : { caller }
  return at((await peers.gateway.api('POST', `/servers/${slug}/probe`, input)).body, 'steps') as readonly Step[]
}
const outcome = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ name, ok, skipped }) => `${skipped === true ? '–' : ok ? '+' : '-'}${name}`)

const doctor = (...args: readonly string[]): Promise<{ readonly code: unknown; readonly stdout: string }> =>
  new Promise((resolve) =>
    execFile(process.execPath, [command, 'doctor', ...args, '--data-dir', peers.gateway.dataDir], (error, stdout) =>
      resolve({ code: error?.code ?? 0, stdout }),
    ),
  )

describe('the doctor', () => {
  it('walks to the sign-in and no further where there is no account, and says what to do', async () => {
    const asked: string[] = []
    peers.provider.intercept = ({ url = '' }) => {
      asked.push(url)
      return false
    }
    const steps = await probe()
    expect(outcome(steps)).toEqual([
      ...['–dns', '+reachable', '–tls', '–era', '-auth', '+metadata', '+registration', '+authorization', '-token'],
      '–tools',
    ])
    expect(steps.find(({ name }) => name === 'token')).toMatchObject({ fix: 'gatehouse connect files' })
    expect(asked.filter((url) => !url.startsWith('/.well-known/'))).toEqual([])
    expect(peers.server.seen.filter(({ token }) => token !== '')).toEqual([])
    expect(await peers.accounts()).toEqual([])
    const { code, stdout } = await doctor('files')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^✕ token \(\d+ ms\): No account is connected yet/m)])
    expect(stdout).toContain('\n    gatehouse connect files')
  })

  it('makes the first call with the account of the local user', async () => {
    await peers.connect('local')
    const steps = await probe()
    expect(outcome(steps).filter((one) => !one.startsWith('–'))).toEqual([
      ...['+reachable', '+era', '+auth', '+token', '+tools'],
    ])
    expect(steps.find(({ name }) => name === 'token')?.detail).toContain('mcp:read')
    const { code, stdout } = await doctor('files')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^✓ tools \(\d+ ms\): It lists 2 tools/m)])
    for (const token of peers.provider.issued) expect(stdout + JSON.stringify(steps)).not.toContain(token)
  })

  it('looks as the caller that is named: with their account, and at what they may use', async () => {
    await peers.connect('alice')
    const tokenOf = (steps: readonly Step[]): Step | undefined => steps.find(({ name }) => name === 'token')
    expect(tokenOf(await probe('files', 'alice'))?.ok).toBe(true)
    expect(peers.server.seen.at(-1)).toMatchObject({ method: 'tools/list', subject: 'alice@provider' })
    expect(tokenOf(await probe('files', 'bob'))).toMatchObject({
      ok: false,
      fix: 'gatehouse connect files --subject bob',
    })
    expect(tokenOf(await probe())).toMatchObject({ ok: false, fix: 'gatehouse connect files' })
    const { id } = await peers.gateway.addKey({ name: 'narrow', subject: 'alice', servers: ['other'] })
    expect(JSON.stringify(await probe('files', id))).toContain('is not for this server')
    expect(await doctor('files', '--caller', 'alice')).toMatchObject({ code: 0 })
    expect(await doctor('files', '--caller', 'bob')).toMatchObject({ code: 1 })
  })

  it('looks names up first, and tries nothing after one that leads nowhere', async () => {
    await peers.gateway.putServer('named', { url: peers.server.url.replace('127.0.0.1', 'localhost') })
    expect(outcome(await probe('named')).slice(0, 2)).toEqual(['+dns', '+reachable'])
    await peers.gateway.putServer('nowhere', { url: 'http://no-such-host.invalid/mcp' })
    const steps = await probe('nowhere')
    expect(outcome(steps)).toEqual([
      ...['-dns', '–reachable', '–tls', '–era', '–auth', '–metadata', '–registration', '–authorization', '–token'],
      '–tools',
    ])
    expect(steps[0]?.fix).toContain('host name')
    expect(steps[1]?.detail).toBe('Not tried, as dns failed.')
  })
})
