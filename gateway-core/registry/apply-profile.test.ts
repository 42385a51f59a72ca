import { describe, expect, it } from 'vitest'
import { createRegistry } from './create-registry.js'
import type { ProfileReport, Registry } from './registry.js'
import { createTestVault, type TestVault } from './test-vault.js'

interface Fixture {
  readonly vault: TestVault
  readonly registry: Registry
  apply(
    text: string,
    options?: { readonly dryRun?: boolean; readonly approveCommands?: boolean },
  ): Promise<ProfileReport>
}

function setUp(): Fixture {
  const vault = createTestVault()
  const registry = createRegistry({ vault })
  const apply: Fixture['apply'] = (text, { dryRun = false, approveCommands = false } = {}) =>
    registry.applyProfile({ text, format: 'yaml' }, { dryRun, approveCommands })
  return { vault, registry, apply }
}

const head = (name: string): string => `gatehouse: 1\nname: ${name}\nmcpServers:\n`
const bearer = (slug: string, origin: string, secret: string): string =>
  `  ${slug}: { url: ${origin}/mcp, app_auth: { type: bearer, token: { secret: ${secret} } } }\n`
const a = 'https://a.example.com'
const b = 'https://b.example.com'
const reasonOf = (registry: Registry, slug: string): string | undefined =>
  registry.snapshot?.servers.get(slug)?.disabledReason

describe('applying a profile', () => {
  it('adds, changes and removes servers of that profile, and no others', async () => {
    const { registry, apply } = setUp()
    await apply(`${head('one')}  a: { url: ${a}/mcp }\n  b: { url: ${b}/mcp }\n`)
    await apply(`${head('two')}  c: { url: ${a}/mcp }\n`)
    const report = await apply(`${head('one')}  b: { url: ${b}/v2 }\n`)
    expect(report.changes.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'removed mcpServers.a',
      'changed mcpServers.b',
    ])
    expect([...(registry.snapshot?.servers.keys() ?? [])].sort()).toEqual(['b', 'c'])
    expect(registry.snapshot?.servers.get('b')?.plan.url).toBe(`${b}/v2`)
    expect(registry.listProfiles().map(({ name, servers }) => ({ name, servers }))).toEqual([
      { name: 'one', servers: 1 },
      { name: 'two', servers: 1 },
    ])
  })

  it('is undone by removing it, with its servers and settings', async () => {
    const { registry, apply } = setUp()
    await apply(`${head('one')}  a: { url: ${a}/mcp }\nauthentication: { legacy_bearer: true }\n`)
    await apply(`${head('two')}  c: { url: ${a}/mcp }\n`)
    await registry.removeProfile('one')
    expect([...(registry.snapshot?.servers.keys() ?? [])]).toEqual(['c'])
    expect(registry.snapshot?.legacyBearer).toBe(false)
    expect(registry.listProfiles().map(({ name }) => name)).toEqual(['two'])
    await expect(registry.removeProfile('one')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('writes nothing on a dry run, or where nothing changed', async () => {
    const { vault, registry, apply } = setUp()
    const text = `${head('one')}  a: { url: ${a}/mcp }\n`
    const dry = await apply(text, { dryRun: true })
    expect(vault.writes).toBe(0)
    expect(registry.snapshot?.servers.size).toBe(0)
    expect(await apply(text)).toEqual(dry)
    expect(vault.writes).toBe(1)
    expect((await apply(text)).changes).toEqual([])
    expect(vault.writes).toBe(1)
  })

  it('refuses a slug of another profile, and says which it is', async () => {
    const { vault, apply } = setUp()
    await apply(`${head('one')}  a: { url: ${a}/mcp }\n`)
    await expect(apply(`${head('two')}  b: { url: ${b}/mcp }\n  a: { url: ${a}/mcp }\n`)).rejects.toMatchObject({
      code: 'profile_invalid',
      errors: [
        {
          path: 'mcpServers.a',
          line: 5,
          message: 'the slug a belongs to the profile one and cannot be in two too: rename it, or remove it there',
        },
      ],
    })
    expect(vault.writes).toBe(1)
  })

  it('refuses two rules for one header, with the line of the rule', async () => {
    const { vault, apply } = setUp()
    const text = `${head('one')}  a:
    url: ${a}/mcp
    app_auth: { type: bearer, token: { secret: t } }
    outbound_headers:
      - { type: custom, header: X-A, value: v }
      - { type: caller_token, header: Authorization }
`
    await expect(apply(text)).rejects.toMatchObject({
      code: 'profile_invalid',
      errors: [{ path: 'mcpServers.a.outbound_headers[1]', line: 9 }],
    })
    expect(vault.writes).toBe(0)
  })

  it('takes no paths of policies', async () => {
    await expect(setUp().apply('gatehouse: 1\nname: x\nshield: { policies: [a.cedar] }\n')).rejects.toMatchObject({
      code: 'profile_invalid',
      errors: [{ path: 'shield.policies[0]', line: 3 }],
    })
  })

  it('says what this version cannot do yet', async () => {
    const { apply } = setUp()
    const { warnings } = await apply(`gatehouse: 1
name: one
shield: { remote: { url: https://shield.example.com } }
mcpServers:
  a: { url: ${a}/sse, transport: sse }
  b: { url: ${b}/mcp, auth_mode: token_broker }
  c: { url: ${b}/mcp, agent_auth: { type: interactive } }
  d: { url: ${b}/mcp, tools: { t: { app_auth: { type: oauth2_authorization_code } } } }
  e: { url: ${b}/mcp }
`)
    expect(warnings).toEqual([])
  })

  it('merges what profiles say of authentication and Shield to the strictest', async () => {
    const { registry, apply } = setUp()
    const jwt = 'jwt: [{ issuer: https://idp.example.com }]'
    await apply(
      `gatehouse: 1\nname: one\nauthentication: { legacy_bearer: true, ${jwt} }\nshield: { enabled: false, on_failure: deny }\n`,
    )
    expect(registry.snapshot?.shield).toMatchObject({
      enabled: false,
      timeoutMs: 1500,
      onFailure: 'allow',
      policies: [],
    })
    await apply(
      `gatehouse: 1\nname: two\nauthentication: { ${jwt} }\nshield: { policies: [{ name: p, text: "" }], on_failure: deny, timeout_ms: 90 }\n`,
    )
    expect(registry.snapshot).toMatchObject({
      jwtIssuers: [{ issuer: 'https://idp.example.com' }],
      legacyBearer: true,
      shield: { enabled: true, timeoutMs: 90, onFailure: 'deny', policies: [{ name: 'p', text: '', profile: 'two' }] },
    })
  })
})

describe('who may call', () => {
  it('is said where a profile lets others in to servers that it did not bring', async () => {
    const { apply } = setUp()
    const evil = 'authentication: { legacy_bearer: true, jwt: [{ issuer: https://evil.example }] }'
    expect((await apply(`gatehouse: 1\nname: alone\n${evil}\n`)).warnings).toEqual([])
    await apply(`${head('two')}  c: { url: ${a}/mcp }\n`)
    const { warnings } = await apply(`gatehouse: 1\nname: other\n${evil}\n`)
    expect(warnings).toEqual([
      expect.stringContaining('Tokens of https://evil.example are let in'),
      expect.stringContaining('Legacy tokens'),
    ])
    expect((await apply(`gatehouse: 1\nname: other\n${evil}\n`)).warnings).toEqual([])
    const engine = 'shield: { remote: { url: https://evil.example/judge } }'
    expect((await apply(`gatehouse: 1\nname: engine\n${engine}\n`)).warnings).toEqual([
      expect.stringContaining('Every message to every server, also of other profiles, is sent to https://evil.example'),
    ])
  })

  it('is said where several profiles name a provider to sign in at, with the one that is asked', async () => {
    const { registry, apply } = setUp()
    const sso = (name: string) =>
      `gatehouse: 1\nname: ${name}\nauthentication: { sso: { issuer: https://${name}.example, client_id: g } }\n`
    expect((await apply(sso('team'))).warnings).toEqual([])
    const { warnings } = await apply(sso('acme'))
    expect(warnings).toEqual([expect.stringContaining('(acme, team): people sign in where acme says')])
    expect(registry.snapshot?.singleSignOn?.provider.issuer).toBe('https://acme.example')
  })
})

describe('secrets of a profile', () => {
  it('that are missing are listed, and bound to every place that refers to them once they are set', async () => {
    const { vault, registry, apply } = setUp()
    const { missingSecrets } = await apply(head('one') + bearer('a', a, 'key') + bearer('b', b, 'key'))
    expect(missingSecrets).toEqual(['key'])
    expect(reasonOf(registry, 'a')).toBeUndefined()
    const item = await registry.setSecret('key', 'v1')
    expect(item.usedBy).toEqual(['mcpServers.a.app_auth.token', 'mcpServers.b.app_auth.token'])
    expect(item.destinations).toEqual([a, b])
    expect(await vault.secrets.open('key', undefined, b)).toMatchObject({ outcome: 'value', value: 'v1' })
  })

  it('that have been sent nowhere are bound on first use', async () => {
    const { vault, registry, apply } = setUp()
    await registry.setSecret('key', 'v1')
    const report = await apply(head('one') + bearer('a', a, 'key'))
    expect(report.pendingApproval).toEqual([])
    expect(await vault.secrets.open('key', undefined, a)).toMatchObject({ outcome: 'value' })
  })

  it('that exist are not sent to a new origin until a person approves the server', async () => {
    const { vault, registry, apply } = setUp()
    await registry.setSecret('key', 'v1')
    await apply(head('one') + bearer('a', a, 'key'))
    const evil = head('evil') + bearer('b', b, 'key')
    const dry = await apply(evil, { dryRun: true })
    const report = await apply(evil, { approveCommands: true })
    expect(report).toEqual(dry)
    expect(report.pendingApproval).toEqual(['b'])
    expect(report.warnings).toEqual([
      'mcpServers.b: the existing secret key would go to https://b.example.com, where it has not been sent before. It is not used there until you approve it: run `gatehouse servers approve b`',
    ])
    expect(reasonOf(registry, 'b')).toContain('run `gatehouse servers approve b`')
    expect(await vault.secrets.open('key', undefined, b)).toEqual({ outcome: 'not_approved' })
    expect(await registry.exportSecrets('evil')).toEqual([])
    // A new value of the same secret is no approval either.
    await registry.setSecret('key', 'v2')
    expect(await vault.secrets.open('key', undefined, b)).toEqual({ outcome: 'not_approved' })
    await registry.approveServer('b')
    expect(reasonOf(registry, 'b')).toBeUndefined()
    expect(await vault.secrets.open('key', undefined, b)).toMatchObject({ outcome: 'value', value: 'v2' })
    expect((await apply(evil)).pendingApproval).toEqual([])
    expect(await registry.exportSecrets('evil')).toEqual([{ name: 'key', value: 'v2' }])
  })

  it('that exist are not sent to a new origin of their own server either', async () => {
    const { registry, apply } = setUp()
    await registry.setSecret('key', 'v1')
    await apply(head('one') + bearer('a', a, 'key'))
    expect((await apply(head('one') + bearer('a', b, 'key'))).pendingApproval).toEqual(['a'])
    expect(reasonOf(registry, 'a')).toContain('https://b.example.com')
  })

  it('that the file holds go to the vault with the servers, bound to where they are for', async () => {
    const { vault, registry } = setUp()
    const text = JSON.stringify({ mcpServers: { a: { url: `${a}/mcp`, headers: { Authorization: 'Bearer canary' } } } })
    const options = { dryRun: false, approveCommands: false }
    const report = await registry.applyProfile({ text, format: 'json', name: 'mine' }, options)
    expect(report).toMatchObject({ name: 'mine', missingSecrets: [], pendingApproval: [], warnings: [] })
    expect(JSON.stringify(report)).not.toContain('canary')
    expect(vault.writes).toBe(1)
    expect(await vault.secrets.open('a-authorization', undefined, a)).toMatchObject({
      outcome: 'value',
      value: 'canary',
    })
  })

  it('that the file holds replace the value of an existing one, which gets no new destination by it', async () => {
    const { vault, registry } = setUp()
    const entry = (origin: string, token: string): string =>
      JSON.stringify({ mcpServers: { a: { url: `${origin}/mcp`, headers: { Authorization: `Bearer ${token}` } } } })
    const options = { dryRun: false, approveCommands: false }
    await registry.applyProfile({ text: entry(a, 'one'), format: 'json' }, options)
    const same = await registry.applyProfile({ text: entry(a, 'two'), format: 'json' }, options)
    expect(same.warnings).toEqual([])
    expect(await vault.secrets.open('a-authorization', undefined, a)).toMatchObject({ value: 'two' })
    const other = await registry.applyProfile({ text: entry(b, 'three'), format: 'json' }, options)
    expect(other.pendingApproval).toEqual(['a'])
    expect(other.warnings).toHaveLength(1)
    expect(await vault.secrets.open('a-authorization', undefined, b)).toEqual({ outcome: 'not_approved' })
  })
})

describe('a server that runs a command', () => {
  const command = (args: string, env = 'TOKEN'): string =>
    `${head('one')}  files: { command: npx, args: [${args}], env: { ${env}: "x" } }\n`

  it('is disabled until its command is approved', async () => {
    const { registry, apply } = setUp()
    expect((await apply(command('-y'))).pendingApproval).toEqual(['files'])
    expect(reasonOf(registry, 'files')).toBe(
      'Its command has not been approved as it stands: run `gatehouse servers approve files` to approve it.',
    )
    await registry.approveServer('files')
    expect(reasonOf(registry, 'files')).toBeUndefined()
    expect((await apply(command('-y'))).pendingApproval).toEqual([])
  })

  it('is approved with the file where that is asked for', async () => {
    const { registry, apply } = setUp()
    expect((await apply(command('-y'), { approveCommands: true })).pendingApproval).toEqual([])
    expect(reasonOf(registry, 'files')).toBeUndefined()
  })

  it('is disabled again by another argument or name of a variable, even once it is changed back', async () => {
    const { registry, apply } = setUp()
    await apply(command('-y'), { approveCommands: true })
    for (const changed of [command('-n'), command('-y', 'OTHER'), command('-y')]) {
      expect((await apply(changed)).pendingApproval).toEqual(['files'])
      expect(reasonOf(registry, 'files')).toContain('run `gatehouse servers approve files`')
    }
    await registry.approveServer('files')
    await registry.putServer('files', { command: 'npx', args: ['-y', 'x'], env: { TOKEN: 'x' } })
    expect(reasonOf(registry, 'files')).toContain('run `gatehouse servers approve files`')
  })

  it('stays approved where only values of the environment change', async () => {
    const { registry, apply } = setUp()
    await apply(command('-y'), { approveCommands: true })
    await apply(command('-y').replace('"x"', '"y"'))
    expect(reasonOf(registry, 'files')).toBeUndefined()
  })
})

describe('exporting a profile', () => {
  it('gives what was applied, without secrets, in a form that applies again', async () => {
    const { registry, apply } = setUp()
    const text = head('one') + bearer('b', b, 'key') + bearer('a', a, 'key')
    await apply(text)
    await registry.setSecret('key', 'canary')
    const { name, profile, yaml } = registry.exportProfile()
    expect(name).toBe('one')
    expect(yaml).not.toContain('canary')
    expect(Object.keys(Object(profile['mcpServers']))).toEqual(['a', 'b'])
    expect((await apply(yaml)).changes).toEqual([])
    expect(await registry.exportSecrets('one')).toEqual([{ name: 'key', value: 'canary' }])
  })

  it('needs a name where there are several, and one that exists', async () => {
    const { registry, apply } = setUp()
    await apply(`${head('one')}  a: { url: ${a}/mcp }\n`)
    expect(() => registry.exportProfile('two')).toThrow('There is no profile "two".')
    await apply('gatehouse: 1\nname: two\n')
    expect(() => registry.exportProfile()).toThrow('There are several profiles: one, two.')
    expect(registry.exportProfile('two').yaml).toBe('gatehouse: 1\nname: two\n')
  })
})

describe('the token broker of a server', () => {
  it('is that of its own profile, or the only one that there is', async () => {
    const { registry, apply } = setUp()
    const brokerOf = (slug: string): unknown => registry.snapshot?.servers.get(slug)?.broker
    const profile = (name: string, slug: string, account: string): string =>
      `gatehouse: 1\nname: ${name}\n${account === '' ? '' : `token_broker: { admin_url: https://admin.example.com, account: ${account} }\n`}mcpServers: { ${slug}: { url: ${a}/mcp, auth_mode: token_broker } }\n`
    await apply(profile('one', 'first', 'acme'))
    await apply(profile('two', 'second', ''))
    const acme = { admin_url: 'https://admin.example.com', account: 'acme' }
    expect([brokerOf('first'), brokerOf('second')]).toEqual([acme, acme])
    await apply(profile('three', 'third', 'other'))
    expect([brokerOf('first'), brokerOf('second'), brokerOf('third')]).toEqual([
      acme,
      undefined,
      { ...acme, account: 'other' },
    ])
  })
})
