import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { tomlText } from './edit-toml.js'
import { yamlText } from './edit-yaml.js'

const url = 'http://127.0.0.1:4283/agents/goose/mcp'
const put = { name: 'gatehouse', entry: { uri: url, headers: { Authorization: 'Bearer k' } } }

describe('editing YAML', () => {
  const container = ['extensions']
  const connect = (text: string, remove: string[] = []): string => yamlText.change(text, { container, remove, put })
  const texts = {
    comments: '# mine\nprovider: x # y\nextensions: # all\n  # of a\n  a:\n    cmd: npx # run\n\n# end\nlast: 1\n',
    'Windows lines': 'extensions:\r\n  a:\r\n    cmd: npx\r\nb: 2\r\n',
    'wide indentation': 'extensions:\n        a:\n            cmd: npx\n',
    'no line break at its end': 'extensions:\n  a:\n    cmd: npx',
    'block texts': 'extensions:\n  a:\n    text: |\n      # no comment\n\n      more\n  b: {}\n',
  }

  it.each(Object.entries(texts))('keeps a file with %s but for the lines of the entry', (_name, text) => {
    const edited = connect(text)
    expect(yamlText.entries(edited, container).get('gatehouse')).toEqual(put.entry)
    expect(yamlText.change(edited, { container, remove: ['gatehouse'] })).toBe(text)
  })

  it('makes what is not there', () => {
    for (const text of [
      '',
      'a: 1\n',
      'a: 1',
      'extensions:\n',
      'extensions:',
      'extensions: {}\nb: 1\n',
      'extensions: {} # none\n',
    ])
      expect(parse(connect(text)), `${text}`).toMatchObject({ extensions: { gatehouse: put.entry } })
  })

  it('replaces its own entry, and takes others out', () => {
    const text = connect(connect(texts.comments))
    expect(text.match(/gatehouse:/g)).toHaveLength(1)
    expect(Object.keys(parse(connect(texts['block texts'], ['a'])).extensions)).toEqual(['gatehouse', 'b'])
  })

  it.each([
    ['a: [1\nb: 2', 2, 'is not valid YAML'],
    ['a: 1\nextensions: { a: {} }\n', 2, 'on one line'],
    ['extensions: [1]\n', 1, 'something else'],
    ['- 1\n', 1, 'does not hold a mapping'],
    ['a: "secret-canary\n', 2, 'is not valid YAML'],
  ])('refuses %#, and says on which line', (text, line, message) => {
    let failure: unknown
    try {
      connect(text)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({ line, message: expect.stringContaining(message) })
    expect(String(failure)).not.toContain('canary')
  })
})

describe('editing TOML', () => {
  const container = ['mcp_servers']
  const entry = { url, http_headers: { Authorization: 'Bearer "k"' } }
  const connect = (text: string): string =>
    tomlText.change(text, { container, remove: [], put: { name: 'gatehouse', entry } })
  const table = `[mcp_servers.gatehouse]\nurl = "${url}"\nhttp_headers = { Authorization = "Bearer \\"k\\"" }\n`
  const texts = {
    comments:
      '# mine\nmodel = "x" # [mcp_servers.gatehouse]\n\n[mcp_servers.a]\ncommand = "npx"\nargs = [\n  "-y", # ]\n  "b",\n]\n',
    'Windows lines': 'model = "x"\r\n[mcp_servers.a]\r\ncommand = "npx"\r\n',
    'long strings':
      'text = """\n[mcp_servers.gatehouse]\n\\""" "" """\nraw = \'\'\'\n[mcp_servers.gatehouse]\'\'\'\'\n[a]\nb = { c = "}" }\n',
    'tables of lists': '[[hooks]]\na = 1\n[[hooks]]\na = 2\n',
  }

  it.each(Object.entries(texts))('adds a table to a file with %s and changes nothing else', (_name, text) => {
    const edited = connect(text)
    expect(edited.startsWith(text)).toBe(true)
    expect(edited.replaceAll('\r', '').endsWith(`\n\n${table}`)).toBe(true)
    expect(tomlText.contentOf(edited, container, 'gatehouse')).toBe(table.trimEnd())
    expect(tomlText.change(edited, { container, remove: ['gatehouse'] })).toBe(text)
  })

  it('replaces its own table where it stands, with those below it', () => {
    const before = '[mcp_servers.a]\nx = 1\n\n'
    const after = '\n# about b\n[mcp_servers.b]\ny = 2\n'
    const old = '[mcp_servers.gatehouse] # ours\nurl = "old"\n\n[mcp_servers.gatehouse.http_headers]\nA = "b" # c\n'
    expect(connect(`${before}${old}${after}`)).toBe(`${before}${table}${after}`)
    expect(connect('')).toBe(table)
    expect(connect('a = 1')).toBe(`a = 1\n\n${table}`)
  })

  it.each([
    ['a = "open\nb = 1\n', 1, 'a string that does not end'],
    ["a = 1\nb = '''\n", 2, 'a string that does not end'],
    ['a = [1,\nb = 2\n', 1, 'a bracket that does not close'],
    ['mcp_servers = { a = {} }\n', 1, 'a form that Gatehouse does not edit'],
    ['[mcp_servers]\ngatehouse = { url = "x" }\n', 1, 'a form that Gatehouse does not edit'],
    ['[mcp_servers.gatehouse]\n[b]\n[mcp_servers.gatehouse]\n', 3, 'twice'],
  ])('refuses %#, and says on which line', (text, line, message) => {
    expect(() => connect(text)).toThrow(expect.objectContaining({ line, message: expect.stringContaining(message) }))
  })
})
