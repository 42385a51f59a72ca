import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AppLog, isLogged } from './app-log.js'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'gatehouse-app-log-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

it('keeps lines in order, for this user only, and begins again where there are too many', async () => {
  const log = new AppLog(join(folder, 'logs'))
  log.write('one')
  log.write('two')
  await log.close()
  const path = join(folder, 'logs/app.log')
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await truncate(path, 2 * 1024 * 1024)
  log.write('three')
  await log.close()
  expect(await readFile(path, 'utf8')).toBe('three\n')
})

it('knows what the gateway logs itself', () => {
  expect(isLogged('{"level":30,"time":1,"msg":"stopping"}')).toBe(true)
  for (const line of ['', 'SyntaxError: x', '    at main', '{"event":"ready"}']) expect(isLogged(line)).toBe(false)
})
