/** What electron-builder is told, checked by its own schema and against what the app relies on. */
import { FuseV1Options } from '@electron/fuses'
import { Ajv } from 'ajv'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { scheme } from '../deep-links/parse-deep-link.js'
import { beforePack, electronSqlitePath } from './electron-sqlite.mjs'

const repository = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(repository, path), 'utf8')
const parsed: unknown = parse(read('electron-builder.yml'))
const builder = z
  .looseObject({
    electronFuses: z.record(z.string(), z.boolean()),
    protocols: z.array(z.object({ name: z.string(), schemes: z.array(z.string()) })),
    extraResources: z.array(z.object({ from: z.string(), to: z.string() })),
    beforePack: z.string(),
    files: z.array(z.string()),
    asarUnpack: z.array(z.string()),
    npmRebuild: z.boolean(),
    mac: z.looseObject({ entitlements: z.string(), hardenedRuntime: z.boolean(), target: z.array(z.string()) }),
    win: z.looseObject({ target: z.string() }),
    linux: z.looseObject({ target: z.array(z.string()) }),
  })
  .parse(parsed)

describe('electron-builder.yml', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true })
  const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(read('node_modules/app-builder-lib/scheme.json')))
  const isValid = ajv.compile(schema)

  it('is what electron-builder takes', () => {
    isValid(parsed)
    expect(isValid.errors ?? []).toEqual([])
  })

  it('would be found out where it was not', () => {
    expect(isValid({ ...builder, electronFuses: { runAsNod: false } })).toBe(false)
    expect(isValid({ ...builder, asarUnpak: [] })).toBe(false)
  })

  it('turns off every way to make the program do something else, and turns on every check of what it loads', () => {
    expect(builder.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
    // None is left as Electron ships it.
    const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)))
    expect(Object.keys(builder.electronFuses)).toHaveLength(known.length)
  })

  it('packs for macOS, Windows and Linux, and registers the links that the app reads', () => {
    expect([builder.mac.target, builder.win.target, builder.linux.target]).toEqual([
      ['dmg', 'zip'],
      'nsis',
      ['AppImage', 'deb'],
    ])
    expect(builder.mac.hardenedRuntime).toBe(true)
    expect(builder.protocols.flatMap(({ schemes }) => schemes)).toEqual([scheme])
  })

  it('names files that are there', () => {
    for (const path of [builder.mac.entitlements, builder.beforePack, 'app/resources/icon.png'])
      expect([path, existsSync(join(repository, path))]).toEqual([path, true])
    expect(read('package.json')).toContain('"main": "dist/app/main.js"')
  })

  it('packs SQLite for Electron beside Node’s build, where libraries can be loaded', () => {
    expect(builder).toMatchObject({ npmRebuild: false, asarUnpack: ['**/*.node'] })
    expect(builder.files).toContain('native/*.node')
    expect(electronSqlitePath({ repository, platform: 'linux', arch: 'x64' })).toMatch(
      /native\/better_sqlite3-abi\d+-linux-x64\.node$/,
    )
    expect(beforePack).toBeTypeOf('function')
  })

  it.skipIf(process.platform === 'win32')('brings a command line that is a program', () => {
    const script = join(repository, 'app/resources/bin/gatehouse')
    expect(statSync(script).mode & 0o111).toBe(0o111)
    execFileSync('sh', ['-n', script])
    expect(read('app/resources/bin/gatehouse')).toContain('--cli -- "$@"')
    expect(read('app/resources/bin/gatehouse.cmd')).toContain('--cli -- %*\r\n')
  })
})
