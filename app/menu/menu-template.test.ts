import { describe, expect, it } from 'vitest'
import type { MenuCommand } from '../../gateway-core/contract/desktop.js'
import { menuCommandsSchema, menuTemplate, type TopMenu } from './menu-template.js'

const addServer: MenuCommand = { id: 'server.add', label: 'Add server', menu: 'file', accelerator: 'CmdOrCtrl+N' }
const palette: MenuCommand = { id: 'palette', label: 'Command palette', menu: 'go', accelerator: 'CmdOrCtrl+K' }
const labels = (menus: readonly TopMenu[]): readonly string[] => menus.map(({ label }) => label)

describe('menuTemplate', () => {
  it('has what the system has roles for before the page has said anything', () => {
    expect(labels(menuTemplate([], 'linux'))).toEqual(['File', 'Edit', 'View', 'Window', 'Help'])
    expect(labels(menuTemplate([], 'darwin'))).toEqual(['Gatehouse', 'File', 'Edit', 'View', 'Window'])
    const edit = menuTemplate([], 'linux').find(({ label }) => label === 'Edit')
    expect(edit?.items).toContainEqual({ type: 'role', role: 'paste' })
  })

  it('puts the page’s commands where they say', () => {
    const menus = menuTemplate([addServer, palette], 'darwin')
    expect(menus.find(({ label }) => label === 'File')?.items[0]).toEqual({ type: 'command', command: addServer })
    expect(menus.find(({ label }) => label === 'Go')?.items).toEqual([{ type: 'command', command: palette }])
  })

  it('can always be quit from', () => {
    for (const platform of ['darwin', 'win32', 'linux'] as const)
      expect(JSON.stringify(menuTemplate([], platform))).toContain('"quit"')
  })

  it('gives the same keys to the first command only', () => {
    const [file] = menuTemplate([addServer, { ...addServer, id: 'other' }], 'linux')
    expect(JSON.stringify(file).match(/CmdOrCtrl\+N/g)).toHaveLength(1)
  })
})

describe('menuCommandsSchema', () => {
  it('takes the page’s commands', () => {
    expect(menuCommandsSchema.parse([addServer, palette])).toEqual([addServer, palette])
  })

  it.each([
    [{ ...addServer, accelerator: 'N' }],
    [{ ...addServer, accelerator: 'CmdOrCtrl+N; rm' }],
    [{ ...addServer, id: '' }],
    [{ ...addServer, label: 'x'.repeat(81) }],
    [{ ...addServer, role: 'quit' }],
    Array.from({ length: 121 }, () => addServer),
    'commands',
  ])('refuses what is none (case %#)', (commands) => {
    expect(menuCommandsSchema.safeParse(commands).success).toBe(false)
  })
})
