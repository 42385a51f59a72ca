import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { askLoginShell, joinPaths, loginShellPath } from './login-shell-path.js'
import { isLiving } from './test/server-process.js'

describe.skipIf(process.platform === 'win32')('the login shell', () => {
  let folder: string
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-shell-'))))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  afterEach(() => vi.unstubAllEnvs())

  /** A shell that does something of its own before or instead of running what it is given as `-ilc COMMAND`. */
  function shell(name: string, script: string): string {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return path
  }

  it('tells its path, whatever its start files print', async () => {
    const noisy = shell('noisy', 'echo welcome; export PATH="/of the shell/ü:$PATH"; eval "$2"; echo bye; exit 3')
    vi.stubEnv('PATH', '/bin:/usr/bin')
    expect(await askLoginShell(noisy, 5000)).toBe('/of the shell/ü:/bin:/usr/bin')
  })

  it('is asked as an interactive login shell, without the gateway’s environment', async () => {
    vi.stubEnv('AUTH_ENCRYPTION_SECRET', 'x')
    const curious = shell('curious', 'PATH="$1:$AUTH_ENCRYPTION_SECRET:end"; /bin/sh -c "$2"; eval "$2"')
    expect(await askLoginShell(curious, 5000)).toBe('-ilc::end')
  })

  it('may be bash, whose path has at least what it was given', async () => {
    vi.stubEnv('HOME', folder)
    vi.stubEnv('PATH', '/usr/bin:/bin')
    const bash = existsSync('/bin/bash') ? '/bin/bash' : '/bin/zsh'
    expect((await askLoginShell(bash, 5000))?.split(':')).toContain('/bin')
  })

  it.each([
    ['fails', 'exit 1'],
    ['says nothing of use', 'echo hello'],
    ['has no path', 'PATH=; eval "$2"'],
  ])('that %s leaves it open', async (name, script) => {
    expect(await askLoginShell(shell(name.replaceAll(' ', '-'), script), 5000)).toBeUndefined()
  })

  it('that is not there leaves it open', async () => {
    expect(await askLoginShell(join(folder, 'none'), 5000)).toBeUndefined()
  })

  it('that hangs is killed with all that it started', async () => {
    const pidFile = join(folder, 'pids')
    const hanging = shell('hanging', `trap '' TERM HUP\nsleep 1000 &\necho $$ $! > "${pidFile}"\nwait`)
    expect(await askLoginShell(hanging, 1000)).toBeUndefined()
    const pids = (await readFile(pidFile, 'utf8')).trim().split(' ').map(Number)
    expect(pids).toHaveLength(2)
    for (const pid of pids) await vi.waitFor(async () => expect(await isLiving(pid)).toBe(false), 10_000)
  })

  it('that leaves a process with its output open is not waited for', async () => {
    const script = `sleep 1000 &\necho $! > "${join(folder, 'left')}"\nexit 0`
    expect(await askLoginShell(shell('leaving', script), 15_000)).toBeUndefined()
    process.kill(Number(await readFile(join(folder, 'left'), 'utf8')), 'SIGKILL')
  })

  it('is asked once', async () => {
    vi.stubEnv('SHELL', shell('counted', `echo asked >> "${join(folder, 'asked')}"; PATH=/of/the/shell; eval "$2"`))
    vi.stubEnv('PATH', '/own:/bin')
    const [first, second] = await Promise.all([loginShellPath(), loginShellPath()])
    expect(first).toBe('/of/the/shell:/own:/bin')
    expect(second).toBe(first)
    expect(await loginShellPath()).toBe(first)
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('asked\n')
  })
})

it('paths are joined without folders that come twice or are relative', () => {
  expect(joinPaths('/a:.::/b:', '/b:/c:bin:/a')).toBe('/a:/b:/c')
})
