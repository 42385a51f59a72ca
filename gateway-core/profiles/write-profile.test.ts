import { describe, expect, it } from 'vitest'
import type { Profile } from '../contract/profile.js'
import { contractExample } from './contract-example.test-data.js'
import { readProfile } from './read-profile.js'
import { writeProfile } from './write-profile.js'

function read(text: string): Profile {
  return readProfile({ text, format: 'yaml' }, { allowPolicyPaths: true }).profile
}

/** Texts that YAML could take for something else, or break over lines. */
const awkward = [
  'yes', 'null', '~', '1e3', '0x10', '1_000', '2024-01-01', ' padded ', '- dash', '# no comment', 'a: b', '"quoted"', "it's",
  '*star', '&and', '!tag', '%percent', '@at', '`tick`', 'x'.repeat(300), `${'word '.repeat(60)}end`, 'line\nline\n', '\ttab',
  'ümläut 日本 🜚', '', '...', '---', '<<', '=',
] // prettier-ignore

describe('the canonical form', () => {
  it('reads back as an equal profile, and writes the same text again', () => {
    const profile = read(contractExample)
    const text = writeProfile(profile)
    expect(read(text)).toEqual(profile)
    expect(writeProfile(read(text))).toBe(text)
  })

  it.each(awkward)('keeps the text %j in every place that takes any', (text) => {
    const profile: Profile = {
      gatehouse: 1,
      name: 'x',
      shield: { policies: [{ name: 'p', text }] },
      mcpServers: {
        a: {
          command: 'run',
          args: [text, { secret: 's', prefix: text }],
          env: { VALUE: text, REF: { secret: 's', prefix: text } },
        },
        b: { url: 'https://a.example.com/mcp', description: text, tools: { [`t${text}`.slice(0, 100)]: {} } },
      },
    }
    expect(read(writeProfile(profile))).toEqual(profile)
  })

  it('does not depend on the order in which a profile was written', () => {
    const first = read(
      'gatehouse: 1\nname: x\nmcpServers:\n  b: { url: "https://b.example.com", enabled: true }\n  a: { command: x, env: { B: "1", A: "2" } }\n',
    )
    const second = read(
      'mcpServers:\n  a: { env: { A: "2", B: "1" }, command: x }\n  b: { enabled: true, url: "https://b.example.com" }\nname: x\ngatehouse: 1\n',
    )
    expect(writeProfile(first)).toBe(writeProfile(second))
    expect(writeProfile(first)).toBe(
      'gatehouse: 1\nname: x\nmcpServers:\n  a:\n    command: x\n    env:\n      A: "2"\n      B: "1"\n  b:\n    url: https://b.example.com\n    enabled: true\n',
    )
  })
})
