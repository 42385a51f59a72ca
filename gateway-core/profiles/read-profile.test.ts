import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { GatewayError } from '../contract/errors.js'
import { profileJsonSchema } from '../contract/profile.js'
import { contractExample } from './contract-example.test-data.js'
import { readProfile } from './read-profile.js'
import { decodeProfile } from './source-document.js'

function errorsOf(text: string, format: 'yaml' | 'json' = 'yaml', allowPolicyPaths = false): readonly string[] {
  try {
    readProfile({ text, format }, { allowPolicyPaths })
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'profile_invalid') throw error
    return (error.errors ?? []).map(({ path, line, message }) => `${line} ${path}: ${message}`)
  }
  return []
}

const head = 'gatehouse: 1\nname: x\n'
const server = (lines: string): string => `${head}mcpServers:\n  a:\n    url: https://a.example.com/mcp\n${lines}`
const serverKeys =
  'url, description, transport, command, args, env, cwd, enabled, timeout_ms, auth_mode, agent_auth, app_auth, outbound_headers, restricted_inbound_headers, connection, tools, tools_shown'
const reference =
  'expected a reference, { secret: NAME }: a profile never holds a secret itself; store it with `gatehouse secrets set NAME`'

describe('the contract’s example', () => {
  it('is a valid profile', () => {
    const { profile, literalSecrets, warnings } = readProfile(
      { text: contractExample, format: 'yaml' },
      { allowPolicyPaths: true },
    )
    expect(profile).toEqual(parse(contractExample))
    expect(literalSecrets).toEqual([])
    expect(warnings).toEqual([])
  })

  it('gives an equal profile as JSON, with a byte order mark, and with Windows line ends', () => {
    const options = { allowPolicyPaths: true }
    const { profile } = readProfile({ text: contractExample, format: 'yaml' }, options)
    const json = JSON.stringify(parse(contractExample))
    expect(readProfile({ text: json, format: 'json' }, options).profile).toEqual(profile)
    expect(readProfile({ text: json, format: 'yaml' }, options).profile).toEqual(profile)
    expect(readProfile({ text: `\uFEFF${json}`, format: 'json' }, options).profile).toEqual(profile)
    const windows = `\uFEFF${contractExample.replaceAll('\n', '\r\n')}`
    expect(readProfile({ text: windows, format: 'yaml' }, options).profile).toEqual(profile)
  })
})

describe('the JSON Schema of profiles', () => {
  it('takes the contract’s example, refuses unknown keys, and is closed in every place', () => {
    const schema = profileJsonSchema()
    const published = z.fromJSONSchema({ ...schema })
    expect(published.safeParse(parse(contractExample)).success).toBe(true)
    expect(published.safeParse({ gatehouse: 1, name: 'x' }).success).toBe(true)
    expect(published.safeParse({ gatehouse: 1, name: 'x', extra: true }).success).toBe(false)
    expect(openObjects(schema, '')).toEqual([])
  })
})

/** Paths of objects with named properties that would take others. */
function openObjects(node: unknown, path: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  const isOpen =
    'properties' in node && 'type' in node && (!('additionalProperties' in node) || node.additionalProperties !== false)
  return [
    ...(isOpen ? [path] : []),
    ...Object.entries(node).flatMap(([key, inner]) => openObjects(inner, `${path}/${key}`)),
  ]
}

type BrokenProfile = readonly [title: string, text: string, errors: readonly string[], format?: 'yaml' | 'json']
const brokenProfiles: readonly BrokenProfile[] = [
  [
    'an empty file',
    '',
    [
      '1 : expected a profile (gatehouse: 1), mcpServers of an agent, servers of VS Code, or a ContextForge gateway record with name and url; found an empty file',
    ],
  ],
  [
    'a file of some other kind',
    'version: 3\nservices: {}\n',
    [
      '1 : expected a profile (gatehouse: 1), mcpServers of an agent, servers of VS Code, or a ContextForge gateway record with name and url; found the keys version, services',
    ],
  ],
  [
    'another version',
    'gatehouse: 2\nname: x\n',
    ['1 gatehouse: expected 1, the version of this file format; found a number'],
  ],
  [
    'settings without the version',
    'name: x\nshield: { enabled: true }\n',
    ['1 gatehouse: missing: expected 1, the version of this file format'],
  ],
  ['no name', 'gatehouse: 1\n', ['1 name: missing: expected text']],
  [
    'a name that is no slug',
    'gatehouse: 1\nname: My Team\n',
    ['2 name: expected 1 to 64 of a-z, 0-9 and "-", beginning and ending with a letter or digit'],
  ],
  [
    'an unknown key at the top',
    `${head}sheild: {}\n`,
    [
      '3 sheild: unknown key "sheild"; did you mean "shield"?; known keys: gatehouse, name, authentication, oauth, token_broker, shield, mcpServers',
    ],
  ],
  [
    'an unknown key of a server',
    server('    uri: x\n'),
    [`6 mcpServers.a.uri: unknown key "uri"; did you mean "url"?; known keys: ${serverKeys}`],
  ],
  [
    'an unknown key within app auth',
    server('    app_auth:\n      type: bearer\n      token: { secret: t }\n      tokn: 1\n'),
    ['9 mcpServers.a.app_auth.tokn: unknown key "tokn"; did you mean "token"?; known keys: type, token'],
  ],
  [
    'an unknown app auth',
    server('    app_auth: { type: beerer }\n'),
    [
      '6 mcpServers.a.app_auth.type: expected one of "none", "oauth2_authorization_code", "oauth2_client_credentials", "api_key", "bearer", "basic", "token_broker", "token_exchange", "passthrough"; found "beerer"; did you mean "bearer"?',
    ],
  ],
  [
    'an agent auth without a type',
    server('    agent_auth: {}\n'),
    ['6 mcpServers.a.agent_auth.type: missing: expected one of "gateway", "interactive", "passthrough"'],
  ],
  [
    'an unknown outbound header',
    server(
      '    outbound_headers:\n      - type: custom\n        header: x\n        value: v\n      - { type: cookie, header: x }\n',
    ),
    [
      '10 mcpServers.a.outbound_headers[1].type: expected one of "client_credentials_token", "token_exchange", "caller_token", "stored_credential", "caller_identity", "custom"; found "cookie"',
    ],
  ],
  [
    'a secret in the clear',
    server('    app_auth: { type: bearer, token: ghp_plain }\n'),
    [`6 mcpServers.a.app_auth.token: ${reference}; found text`],
  ],
  [
    'a credential that is missing',
    server('    app_auth: { type: basic, username: me }\n'),
    [`6 mcpServers.a.app_auth.password: missing: ${reference}`],
  ],
  [
    'a secret name that is none',
    server('    app_auth: { type: bearer, token: { secret: "a b" } }\n'),
    ['6 mcpServers.a.app_auth.token.secret: expected 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-"'],
  ],
  [
    'a slug with capitals',
    `${head}mcpServers:\n  GitHub: { url: https://a.example.com/mcp }\n`,
    [
      '4 mcpServers.GitHub: expected 1 to 64 of a-z, 0-9 and "-", beginning and ending with a letter or digit; found "GitHub"',
    ],
  ],
  [
    'a URL of another scheme',
    `${head}mcpServers:\n  a:\n    url: ftp://a.example.com\n`,
    ['5 mcpServers.a.url: expected an absolute http: or https: URL'],
  ],
  [
    'a password in a URL',
    `${head}mcpServers:\n  a:\n    url: https://me:pw@a.example.com/mcp\n`,
    ['5 mcpServers.a.url: expected a URL without user name and password: use app_auth { type: basic }'],
  ],
  [
    'a server that is neither',
    `${head}mcpServers:\n  a:\n    description: nothing\n`,
    ['4 mcpServers.a.url: expected the URL of the server (or a command to run)'],
  ],
  [
    'a server without any key, and one that is nothing',
    `${head}mcpServers:\n  a: {}\n  b:\n`,
    [
      '4 mcpServers.a.url: expected the URL of the server (or a command to run)',
      '5 mcpServers.b: expected a mapping; found nothing',
    ],
  ],
  [
    'a server that is both',
    server('    command: npx\n'),
    ['5 mcpServers.a.url: expected either url or command, not both'],
  ],
  [
    'a command’s keys on a URL, and an unknown key beside them',
    server('    transport: sse\n    args: [a]\n    colour: red\n'),
    [
      '7 mcpServers.a.args: expected no args: it belongs to transport: stdio',
      `8 mcpServers.a.colour: unknown key "colour"; known keys: ${serverKeys}`,
    ],
  ],
  [
    'an unknown transport',
    server('    transport: ssee\n'),
    ['6 mcpServers.a.transport: expected one of "streamable-http", "sse", "stdio"; found "ssee"; did you mean "sse"?'],
  ],
  [
    'a deadline that is too short, and a switch that is text',
    server('    timeout_ms: 5\n    enabled: "yes"\n'),
    [
      '6 mcpServers.a.timeout_ms: expected at least 100; found 5',
      '7 mcpServers.a.enabled: expected true or false; found text',
    ],
  ],
  [
    'an auth mode beside app auth',
    server('    auth_mode: token_broker\n    app_auth: { type: none }\n'),
    ['7 mcpServers.a.app_auth: expected no app_auth: auth_mode token_broker already says what goes out'],
  ],
  [
    'a token endpoint without TLS',
    server(
      '    app_auth:\n      type: oauth2_client_credentials\n      client_id: c\n      token_url: http://as.example.com/t\n',
    ),
    ['9 mcpServers.a.app_auth.token_url: expected https: (http: is accepted on loopback only)'],
  ],
  [
    'a symmetric algorithm',
    `${head}authentication:\n  jwt:\n    - issuer: https://idp.example.com\n      algorithms: [HS256]\n`,
    [
      '6 authentication.jwt[0].algorithms[0]: expected asymmetric algorithms: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519; found text',
    ],
  ],
  [
    'a header value that would split',
    server('    outbound_headers: [{ type: custom, header: x, value: "a\\r\\nb" }]\n'),
    ['6 mcpServers.a.outbound_headers[0].value: expected printable ASCII, as a header value can hold'],
  ],
  [
    'a policy that is a path',
    `${head}shield:\n  policies:\n    - ./a.cedar\n`,
    [
      '5 shield.policies[0]: expected { name, text }: only the command line reads policies from files (gatehouse apply FILE)',
    ],
  ],
  [
    'a number where the environment takes text',
    `${head}mcpServers:\n  a:\n    command: x\n    env:\n      PORT: 80\n`,
    ['7 mcpServers.a.env.PORT: expected text or a reference, { secret: NAME, prefix?: TEXT }; found a number'],
  ],
  [
    'a list where a mapping belongs',
    `${head}mcpServers:\n  - url: https://a.example.com/mcp\n`,
    ['3 mcpServers: expected a mapping; found a list'],
  ],
  [
    'a key that occurs twice',
    `${head}mcpServers:\n  a: { url: https://a.example.com/mcp }\n  a: { url: https://b.example.com/mcp }\n`,
    ['5 mcpServers.a: the key "a" occurs twice: first on line 4'],
  ],
  [
    'a key that JavaScript’s objects own',
    `${head}__proto__: { name: y }\n`,
    ['3 __proto__: the key "__proto__" is refused in every place'],
  ],
  [
    'a tag',
    `${head}mcpServers: !!js/function x\n`,
    ['3 : not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
  ],
  [
    'a merge key',
    `${head}mcpServers:\n  a: &a { url: https://a.example.com/mcp }\n  b: { <<: *a }\n`,
    [
      `5 mcpServers.b.<<: unknown key "<<"; known keys: ${serverKeys}`,
      '5 mcpServers.b.url: expected the URL of the server (or a command to run)',
    ],
  ],
  [
    'YAML that is none',
    `${head}mcpServers: [\n`,
    ['4 : not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['JSON that is none', '{\n "gatehouse": 1,\n "name" "x"\n}', ['3 : not valid JSON: colon expected'], 'json'],
  [
    'a key that occurs twice in JSON',
    '{\n "gatehouse": 1,\n "name": "x",\n "name": "y"\n}',
    ['4 name: the key "name" occurs twice: first on line 3'],
    'json',
  ],
]

describe('a broken profile', () => {
  for (const [title, text, errors, format = 'yaml'] of brokenProfiles)
    it(`with ${title} is told where and what`, () => {
      expect(errorsOf(text, format)).toEqual(errors)
    })

  it('never has a value that may be a secret quoted', () => {
    const canary = 'canary-5f3a'
    const places = [
      `${head}token: ${canary}\n`,
      server(`    app_auth: { type: bearer, token: ${canary} }\n`),
      server(`    env: ${canary}\n`),
      server(`    outbound_headers: [{ type: custom, header: x, value: { secret: s, value: ${canary} } }]\n`),
      `${head}mcpServers: "${canary}\n`,
      `${head}a: [${canary}\n`,
    ]
    for (const text of places) {
      const errors = errorsOf(text)
      expect(errors.length).toBeGreaterThan(0)
      expect(errors.join('\n')).not.toContain(canary)
    }
  })
})

describe('limits', () => {
  const firstError = (text: string, format: 'yaml' | 'json' = 'yaml'): string => errorsOf(text, format)[0] ?? ''

  it('refuse nesting beyond 64 levels, however deep', () => {
    for (const depth of [70, 100_000]) {
      expect(firstError('['.repeat(depth) + ']'.repeat(depth), 'json')).toContain(
        'expected at most 64 levels of nesting',
      )
      expect(firstError('['.repeat(depth) + ']'.repeat(depth))).toContain('expected at most 64 levels of nesting')
    }
  })

  it('refuse aliases that multiply', () => {
    const rows = Array.from(
      { length: 9 },
      (_, row) => `a${row + 1}: &a${row + 1} [${Array(9).fill(`*a${row}`).join(', ')}]`,
    )
    expect(firstError(`a0: &a0 [x]\n${rows.join('\n')}\n`)).toContain('expected at most 100 aliases')
  })

  it('refuse files beyond 5 MiB and bytes that are not UTF-8', () => {
    expect(firstError(`${head}# ${'x'.repeat(5 * 1024 * 1024)}`)).toContain('expected a file of at most 5 MiB')
    expect(() => decodeProfile(Uint8Array.of(0xff, 0xfe, 0x67))).toThrow('expected UTF-8 text')
    expect(decodeProfile(Buffer.from('name: ä'))).toBe('name: ä')
  })

  it('keep many keys of one mapping quick', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n')
    const started = performance.now()
    expect(firstError(`${many}\n`)).toContain('expected a profile')
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('policies as paths', () => {
  it('stay within the folder of the profile', () => {
    const policies = (path: string): readonly string[] =>
      errorsOf(`${head}shield: { policies: [${JSON.stringify(path)}] }\n`, 'yaml', true)
    expect(policies('./policies/a.cedar')).toEqual([])
    for (const path of ['../a.cedar', '/etc/a.cedar', 'a/../../b', 'C:\\a.cedar', '\\\\host\\a', '~/a.cedar'])
      expect(policies(path)).toEqual(['3 shield.policies[0]: expected a path within the folder of the profile'])
  })
})
