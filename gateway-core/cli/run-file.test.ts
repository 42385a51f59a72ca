import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureDataDir, isProcessAlive, readRunFile, removeRunFile, runFilePath, writeRunFile } from './run-file.js'

let scratch: string
let dataDir: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-run-'))
  dataDir = join(scratch, 'a', 'b')
})
afterEach(() => rm(scratch, { recursive: true }))

const run = {
  dataUrl: 'http://127.0.0.1:1',
  controlUrl: 'http://127.0.0.1:2',
  controlToken: 't',
  pid: 12,
  startedAt: 'now',
}
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

it.skipIf(process.platform === 'win32')('nobody else may look into the data directory or at run.json', async () => {
  await ensureDataDir(dataDir)
  await writeRunFile(dataDir, run)
  expect([await modeOf(dataDir), await modeOf(runFilePath(dataDir))]).toEqual([0o700, 0o600])
})

it('run.json is replaced as a whole, and read back', async () => {
  await ensureDataDir(dataDir)
  await writeRunFile(dataDir, run)
  await writeRunFile(dataDir, { ...run, controlToken: 'u' })
  expect(await readRunFile(dataDir)).toEqual({ ...run, controlToken: 'u' })
})

it('run.json of another gateway is left alone', async () => {
  await ensureDataDir(dataDir)
  await writeRunFile(dataDir, run)
  await removeRunFile(dataDir, { pid: 13, startedAt: 'now' })
  await removeRunFile(dataDir, { pid: 12, startedAt: 'before' })
  expect(await readRunFile(dataDir)).toEqual(run)
  await removeRunFile(dataDir, run)
  expect(await readRunFile(dataDir)).toBeUndefined()
})

it('a file that is not one counts as none', async () => {
  await ensureDataDir(dataDir)
  for (const text of ['', '{', '{}', '{"pid":"x"}']) {
    await writeFile(runFilePath(dataDir), text)
    expect(await readRunFile(dataDir)).toBeUndefined()
  }
})

it('a process is alive until it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  expect(isProcessAlive(pid)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isProcessAlive(pid)).toBe(false)
})
