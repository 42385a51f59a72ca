/** The demo, as `npm run demo` runs it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('tells of a key and of an account, holds neither, and leaves nothing behind', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-demo-test-'))
  try {
    const demo = fileURLToPath(new URL('../../dist/demo/demo.js', import.meta.url))
    const env = { PATH: process.env['PATH'] ?? '', HOME: scratch, TMPDIR: scratch }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo], { env })
    expect(stderr).toBe('')
    for (const told of [
      'It is sunny in Lisbon',
      'connect your account',
      'whoami as ada@provider',
      'secret sample-weather',
    ])
      expect(stdout).toContain(told)
    expect(stdout.match(/Shield: allow/g)).toHaveLength(2)
    expect(stdout).not.toMatch(/eyJ|gh_sk_\w|sample-[\w-]{20}/)
    expect(await readdir(scratch)).toEqual([])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
})
