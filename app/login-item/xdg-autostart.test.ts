import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { autostartFile, autostartPath, setAutostart } from './xdg-autostart.js'

it('is where the desktop looks', () => {
  expect(autostartPath({}, '/home/ann')).toBe('/home/ann/.config/autostart/gatehouse.desktop')
  expect(autostartPath({ XDG_CONFIG_HOME: '/etc/ann' }, '/home/ann')).toBe('/etc/ann/autostart/gatehouse.desktop')
})

it('quotes what a path may hold', () => {
  const exec = (argument: string): string | undefined => /^Exec=(.*)$/m.exec(autostartFile([argument]))?.[1]
  expect(exec('/opt/Gate house/gatehouse')).toBe('"/opt/Gate house/gatehouse"')
  expect(exec('/opt/100%/$HOME/`x`/"q"/b\\')).toBe('"/opt/100%%/\\\\$HOME/\\\\`x\\\\`/\\\\"q\\\\"/b\\\\\\\\"')
  expect(() => exec('/opt/a\nExec=evil')).toThrow('line break')
})

it('writes the file, and removes it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-autostart-'))
  const path = autostartPath({}, home)
  await setAutostart(path, ['/opt/gatehouse', '--hidden'])
  expect(await readFile(path, 'utf8')).toContain('Exec="/opt/gatehouse" "--hidden"\n')
  await setAutostart(path, undefined)
  await expect(readFile(path)).rejects.toThrow('ENOENT')
  await setAutostart(path, undefined)
  await rm(home, { recursive: true })
})
