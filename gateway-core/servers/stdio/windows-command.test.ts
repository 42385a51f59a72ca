import { describe, expect, it } from 'vitest'
import { windowsCandidates, windowsProcess } from './windows-command.js'

const search = {
  cwd: 'C:\\work',
  path: 'C:\\nodejs;"D:\\my tools";.;relative;',
  pathExtensions: '.COM;.EXE;.BAT;.CMD;.JS',
}

describe('a command', () => {
  it('is looked for in each folder of PATH, with each extension that can be started', () => {
    expect(windowsCandidates('npx', search)).toEqual([
      'C:\\nodejs\\npx.com',
      'C:\\nodejs\\npx.exe',
      'C:\\nodejs\\npx.bat',
      'C:\\nodejs\\npx.cmd',
      'D:\\my tools\\npx.com',
      'D:\\my tools\\npx.exe',
      'D:\\my tools\\npx.bat',
      'D:\\my tools\\npx.cmd',
    ])
  })

  it('with an extension is first looked for as it is', () => {
    expect(windowsCandidates('node.EXE', { ...search, path: 'C:\\nodejs', pathExtensions: '' })).toEqual([
      'C:\\nodejs\\node.EXE',
      'C:\\nodejs\\node.EXE.com',
      'C:\\nodejs\\node.EXE.exe',
      'C:\\nodejs\\node.EXE.bat',
      'C:\\nodejs\\node.EXE.cmd',
    ])
  })

  it.each([
    ['.\\bin\\serve.cmd', 'C:\\work\\bin\\serve.cmd'],
    ['bin/serve.exe', 'C:\\work\\bin\\serve.exe'],
    ['D:\\serve.exe', 'D:\\serve.exe'],
  ])('that is a path, %s, is not looked for elsewhere', (command, first) => {
    const candidates = windowsCandidates(command, search)
    expect(candidates[0]).toBe(first)
    expect(candidates.every((file) => file.startsWith(first))).toBe(true)
  })
})

describe('a process', () => {
  const line = (...args: readonly string[]): string | undefined =>
    windowsProcess('C:\\a b\\npx.cmd', args, 'C:\\Windows').args.at(-1)

  it('of a program has no shell', () => {
    expect(windowsProcess('C:\\node.exe', ['a b', '%PATH%&calc'], 'C:\\Windows')).toEqual({
      file: 'C:\\node.exe',
      args: ['a b', '%PATH%&calc'],
      isVerbatim: false,
    })
  })

  it('of a batch file is one of the system’s cmd.exe', () => {
    expect(windowsProcess('C:\\a b\\NPX.CMD', ['-y', 'pkg'], 'C:\\Windows')).toEqual({
      file: 'C:\\Windows\\System32\\cmd.exe',
      args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', '""C:\\a b\\NPX.CMD" "-y" "pkg""'],
      isVerbatim: true,
    })
  })

  it.each([
    ['', '""'],
    ['a b', '"a b"'],
    ['&calc|x>y<z^(!)', '"&calc|x>y<z^(!)"'],
    ['{"a":"b&c"}', '"{""a"":""b&c""}"'],
    ['say \\"', '"say \\\\"""'],
    ['C:\\folder\\', '"C:\\folder\\\\"'],
    ['\\\\share\\x', '"\\\\share\\x"'],
    ['%PATH%', '"%%cd:~,%PATH%%cd:~,%"'],
  ])('gives a batch file %s as %s', (arg, quoted) => {
    expect(line(arg)).toBe(`""C:\\a b\\npx.cmd" ${quoted}"`)
  })

  it('keeps every argument within its quotes, so that nothing of it is a command', () => {
    for (const arg of ['"&calc', '""&calc', '\\"&calc', '\\\\"&calc"', 'a"b"c&calc']) {
      const command = line(arg) ?? ''
      const before = command.slice(1, command.indexOf('&'))
      expect((before.match(/"/g) ?? []).length % 2).toBe(1)
    }
  })

  it.each(['a\nb', 'a\rb', 'a\0b'])('is refused where a batch file cannot take an argument', (arg) => {
    expect(() => line(arg)).toThrow(expect.objectContaining({ code: 'server_unreachable' }))
    expect(() => line(arg)).not.toThrow(arg)
  })
})
