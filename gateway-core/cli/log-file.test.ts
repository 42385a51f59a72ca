import { mkdtemp, readFile, readdir, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogFile } from './log-file.js'

let dataDir: string
let folder: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-log-'))
  folder = join(dataDir, 'logs')
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

describe('the log file', () => {
  it('is there at once, for this user only, and holds every line in order', async () => {
    const log = await LogFile.open(folder)
    expect([await modeOf(folder), await modeOf(join(folder, 'gateway.log'))]).toEqual(['700', '600'])
    for (let line = 0; line < 100; line++) log.write(`${line}\n`)
    await log.close()
    expect(await read('gateway.log')).toBe(Array.from({ length: 100 }, (_, line) => `${line}\n`).join(''))
  })

  it('goes on where the run before ended', async () => {
    for (const text of ['one\n', 'two\n']) {
      const log = await LogFile.open(folder)
      log.write(text)
      await log.close()
    }
    expect(await read('gateway.log')).toBe('one\ntwo\n')
  })

  it('is two files of bounded size, the newest lines in the first', async () => {
    for (let run = 0; run < 8; run++) {
      const log = await LogFile.open(folder, 20)
      log.write(`${run}: twelve chars\n`)
      await log.close()
    }
    expect((await readdir(folder)).sort()).toEqual(['gateway.log', 'gateway.log.1'])
    expect((await read('gateway.log.1')).length + (await read('gateway.log')).length).toBeLessThan(80)
    expect(await read('gateway.log')).toContain('7: ')
  })

  it('moves once where two gateways write it', async () => {
    const logs = [await LogFile.open(folder, 20), await LogFile.open(folder, 20)]
    for (const [index, log] of logs.entries()) {
      log.write(`${'first'.repeat(5)} ${index}\n`)
      await expect.poll(() => read('gateway.log')).toContain(`first ${index}`)
    }
    for (const [index, log] of logs.entries()) {
      log.write(`second ${index}\n`)
      await log.close()
    }
    expect([await read('gateway.log'), await read('gateway.log.1')].join('')).toMatch(/first 0\n[^]*first 1\n/)
    expect(await read('gateway.log')).toContain('second 0\nsecond 1\n')
  })

  it('that the disk does not take is lost, and nothing else', async () => {
    const log = await LogFile.open(folder, 1)
    await rm(folder, { recursive: true })
    await symlink('/dev/full', folder)
    log.write('long enough to be moved\n')
    log.write('lost\n')
    await expect(log.close()).resolves.toBeUndefined()
  })
})
