import { describe, expect, it } from 'vitest'
import { parsePasted } from './parse-pasted.js'

function entryOf(text: string): unknown {
  const pasted = parsePasted(text)
  if (pasted.kind !== 'file') throw new Error(`It was read as ${pasted.kind}`)
  return JSON.parse(pasted.text)
}

describe('parsePasted', () => {
  it('takes a URL, and suggests a name', () => {
    expect(parsePasted('  https://mcp.linear.app/mcp\n')).toEqual({
      kind: 'url',
      url: 'https://mcp.linear.app/mcp',
      slug: 'linear',
    })
  })

  it('reads claude mcp add with a URL and headers, in any order', () => {
    const wanted = {
      mcpServers: { github: { type: 'http', url: 'https://x.test/mcp', headers: { Authorization: 'Bearer abc' } } },
    }
    expect(
      entryOf('claude mcp add --transport http github https://x.test/mcp --header "Authorization: Bearer abc"'),
    ).toEqual(wanted)
    expect(
      entryOf("$ claude mcp add github \\\n -H 'Authorization: Bearer abc' --transport=http https://x.test/mcp"),
    ).toEqual(wanted)
  })

  it('reads claude mcp add with a command, whose own flags stay with it', () => {
    expect(entryOf('claude mcp add files -e TOKEN=a=b -s user -- npx -y @scope/server --root /tmp')).toEqual({
      mcpServers: {
        files: {
          type: 'stdio',
          command: 'npx',
          args: ['-y', '@scope/server', '--root', '/tmp'],
          env: { TOKEN: 'a=b' },
        },
      },
    })
    expect(entryOf('claude mcp add files npx -y server')).toEqual({
      mcpServers: { files: { type: 'stdio', command: 'npx', args: ['-y', 'server'] } },
    })
  })

  it('reads curl, without the headers of the one request', () => {
    expect(
      entryOf(`curl -X POST https://mcp.sentry.dev/mcp -H 'Accept: application/json' -H 'X-Api-Key: k1' -d '{"a":1}'`),
    ).toEqual({
      mcpServers: { sentry: { type: 'http', url: 'https://mcp.sentry.dev/mcp', headers: { 'X-Api-Key': 'k1' } } },
    })
  })

  it('hands whole files to the gateway as they are, and wraps an entry that stands alone', () => {
    const file = '{"mcpServers":{"a b":{"url":"https://x.test"}}}'
    expect(parsePasted(file)).toEqual({ kind: 'file', text: file, mediaType: 'application/json', name: 'a-b' })
    expect(entryOf('{"command":"npx","args":["x"]}')).toEqual({
      mcpServers: { server: { command: 'npx', args: ['x'] } },
    })
    expect(parsePasted('mcpServers:\n  a:\n    url: https://x.test')).toMatchObject({
      kind: 'file',
      mediaType: 'application/yaml',
    })
  })

  it.each(['hello', 'curl', 'claude mcp add', 'claude mcp add name', 'ftp://x.test', '[1]'])(
    'does not know %s',
    (text) => {
      expect(parsePasted(text)).toEqual({ kind: 'unknown' })
    },
  )
})
