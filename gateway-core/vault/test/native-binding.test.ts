import Database from 'better-sqlite3'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { nativeBinding, nativeFileName } from '../native-binding.js'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-native-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const own = nativeFileName(process.versions.modules, process.platform, process.arch)
const built = join(import.meta.dirname, '../../../node_modules/better-sqlite3/build/Release/better_sqlite3.node')

describe('which SQLite is loaded', () => {
  it('is the package’s own where there is no other, or only one for another program', () => {
    mkdirSync(join(folder, 'native'))
    writeFileSync(join(folder, 'native', nativeFileName('9999', process.platform, process.arch)), '')
    expect(nativeBinding(join(folder, 'dist/gateway'))).toEqual({})
  })

  it('is the one in native/ that fits this program, and it opens a database', () => {
    copyFileSync(built, join(folder, 'native', own))
    const binding = nativeBinding(join(folder, 'dist/gateway'))
    expect(binding).toEqual({ nativeBinding: join(folder, 'native', own) })
    const database = new Database(':memory:', binding)
    expect(database.prepare('SELECT 1 AS one').get()).toEqual({ one: 1 })
    database.close()
  })

  it('is looked for beside the archive where the app is packed', () => {
    const unpacked = join(folder, 'resources/app.asar.unpacked/native')
    mkdirSync(unpacked, { recursive: true })
    copyFileSync(built, join(unpacked, own))
    expect(nativeBinding(join(folder, 'resources/app.asar/dist/gateway'))).toEqual({
      nativeBinding: join(unpacked, own),
    })
  })
})
