import { describe, expect, it } from 'vitest'
import { jsonText } from './edit-json.js'

const put = { name: 'gatehouse', entry: { url: 'http://127.0.0.1:4283/agents/cursor/mcp', headers: { A: 'b' } } }
const connect = (text: string, container = ['mcpServers'], remove: string[] = []): string =>
  jsonText.change(text, { container, remove, put })
const disconnect = (text: string, container = ['mcpServers']): string =>
  jsonText.change(text, { container, remove: ['gatehouse'] })

/** Each is the same again once the entry is taken out. */
const texts: Readonly<Record<string, string>> = {
  'two blanks': '{\n  "mcpServers": {\n    "a": { "url": "http://a" }\n  }\n}\n',
  tabs: '{\n\t"mcpServers": {\n\t\t"a": {}\n\t}\n}',
  'Windows lines': '{\r\n  "mcpServers": {\r\n    "a": {}\r\n  }\r\n}\r\n',
  'a byte order mark': '\uFEFF{\n  "mcpServers": {\n    "a": {}\n  }\n}\n',
  comments:
    '// mine\n{ // here\n  "mcpServers": { // servers\n    // about a\n    "a": {}, // last\n    /* kept */\n  }, /* end */\n}\n',
  'trailing commas': '{\n  "mcpServers": {\n    "a": {},\n  },\n}\n',
  'one line': '{"mcpServers":{"a":{}},"other":[1,2]}',
  'keys around it': '{\n  "theme": "dark",\n  "mcpServers": {\n    "a": {}\n  },\n  "x": [\n    1\n  ]\n}\n',
  'odd blanks': '{ "mcpServers" :\n{\n   "a":{} }\n  }',
}

describe('editing JSON', () => {
  it.each(Object.entries(texts))('keeps a file with %s but for the lines of the entry', (_name, text) => {
    const edited = connect(text)
    expect(jsonText.entries(edited, ['mcpServers']).get('gatehouse')).toEqual(put.entry)
    expect(disconnect(edited)).toBe(text)
  })

  it.each(Object.entries(texts))('leaves every line of a file with %s as it was', (name, text) => {
    const edited = connect(text).split('\n')
    if (name !== 'one line') for (const line of text.split('\n')) expect(edited).toContain(line)
  })

  it('writes as the file does: its indentation, its line breaks', () => {
    expect(connect('{\n\t"mcpServers": {\n\t\t"a": {}\n\t}\n}')).toContain('\n\t\t"gatehouse": {\n\t\t\t"url"')
    expect(connect('{\r\n    "mcpServers": {\r\n        "a": {}\r\n    }\r\n}')).toContain(
      '\r\n        "gatehouse": {\r\n',
    )
    expect(connect('{"mcpServers":{"a":{}}}')).toMatch(/^\{"mcpServers":\{"gatehouse":\{.*\},"a":\{\}\}\}$/)
  })

  it('makes what is not there: the key, the object, the file', () => {
    for (const text of ['', '  \n', '{}', '{\n}\n', '{"mcpServers":{}}', '{\n  // nothing yet\n}\n', '\uFEFF'])
      expect(jsonText.entries(connect(text), ['mcpServers']).get('gatehouse'), `${text}`).toEqual(put.entry)
    expect(connect('\uFEFF').startsWith('\uFEFF{')).toBe(true)
    expect(connect('{\n  "a": 1 // one\n}\n')).toContain('"a": 1 // one')
    expect(JSON.parse(connect('{\n  "mcp": {\n    "servers": {}\n  }\n}', ['mcp', 'servers']))).toEqual({
      mcp: { servers: { gatehouse: put.entry } },
    })
  })

  it('replaces an entry of its name where it stands', () => {
    const text =
      '{\n  "mcpServers": {\n    "a": {},\n    // ours\n    "gatehouse": { "url": "http://old" }, // end\n    "b": {}\n  }\n}\n'
    const edited = connect(text)
    expect(edited).toContain('// ours\n    "gatehouse": {\n      "url": "http://127')
    expect(edited).toContain('}, // end\n    "b": {}')
    expect([...jsonText.entries(edited, ['mcpServers']).keys()]).toEqual(['a', 'gatehouse', 'b'])
  })

  it('takes entries out and leaves the comments of others', () => {
    const text = '{\n  "mcpServers": {\n    // of a\n    "a": {},\n    // of b\n    "b": { "x": "," } /* c */\n  }\n}\n'
    const one = jsonText.change(text, { container: ['mcpServers'], remove: ['b'] })
    expect(one).toBe('{\n  "mcpServers": {\n    // of a\n    "a": {}\n    // of b\n     /* c */\n  }\n}\n')
    const all = connect(text, ['mcpServers'], ['a', 'b'])
    expect([...jsonText.entries(all, ['mcpServers']).keys()]).toEqual(['gatehouse'])
    expect(all).toContain('// of a')
    expect(disconnect('{"mcpServers":{"a":{} /* , */ , "gatehouse":{}}}')).toBe('{"mcpServers":{"a":{} /* , */  }}')
  })

  it.each([
    ['{\n  "mcpServers": {\n', 3, 'is not valid JSON'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 'comma expected'],
    ['[]', 1, 'does not hold a JSON object'],
    ['{\n  "mcpServers": []\n}', 2, 'something else than an object'],
    ['{\n  "mcpServers": {},\n  "mcpServers": {}\n}', 3, 'twice'],
    ['{\n  "mcpServers": {\n    "gatehouse": {},\n    "gatehouse": {}\n  }\n}', 4, 'twice'],
    [`${'['.repeat(200_000)}`, 1, 'nested too deep'],
  ])('refuses %#, and says on which line', (text, line, message) => {
    expect(() => connect(text)).toThrow(expect.objectContaining({ line, message: expect.stringContaining(message) }))
  })
})
