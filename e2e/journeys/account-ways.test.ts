/** Other ways to an account: typed endpoints, one for everybody, the command line; and where its tokens never turn up. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, linkIn, textOf } from '../peers/account-fixture.js'
import { findCanaries } from '../peers/canary.js'
import { callModern } from '../peers/mcp-request.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send, type Answer } from '../peers/send.js'

const command = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start()
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

const whoamiAt = (slug: string, key: string): Promise<Answer> =>
  callModern(`${peers.gateway.dataUrl}/mcp/${slug}`, { key, params: { name: 'whoami', arguments: {} } })

describe('the organization’s account', () => {
  it('is used for every caller', async () => {
    await peers.gateway.putServer('shared', {
      url: peers.server.url,
      app_auth: { type: 'oauth2_authorization_code', per: 'organization' },
    })
    const { authorizationUrl } = await peers.begin('alice', 'shared')
    await visit(authorizationUrl, { user: 'team@provider' })
    const answers = [await whoamiAt('shared', peers.alice), await whoamiAt('shared', peers.bob)]
    expect(answers.map(textOf)).toEqual(['whoami as team@provider', 'whoami as team@provider'])
    expect(await peers.accounts()).toMatchObject([{ server: 'shared', subject: '' }])
  })
})

describe('a provider whose endpoints and client are typed', () => {
  it('is not asked for metadata or registration, and gets the client’s secret', async () => {
    const { origin } = peers.provider
    const registered = await send(`${origin}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        application_type: 'native',
        redirect_uris: [`${peers.gateway.dataUrl}/oauth/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
      }),
    })
    await peers.gateway.putSecret('typed-client', String(at(registered.json, 'client_secret')))
    await peers.gateway.putServer('typed', {
      url: peers.server.url,
      app_auth: {
        type: 'oauth2_authorization_code',
        client_id: String(at(registered.json, 'client_id')),
        client_secret: { secret: 'typed-client' },
        authorization_url: `${origin}/auth`,
        token_url: `${origin}/token`,
        scopes: ['mcp:read'],
      },
    })
    const asked: string[] = []
    peers.provider.intercept = ({ url = '' }) => {
      asked.push(url)
      return false
    }
    await peers.connect('alice', 'typed')
    expect(textOf(await whoamiAt('typed', peers.alice))).toBe('whoami as alice@provider')
    peers.refuseLastToken()
    expect(textOf(await whoamiAt('typed', peers.alice))).toBe('whoami as alice@provider')
    expect(asked.filter((url) => url.includes('.well-known') || url === '/reg')).toEqual([])
  })
})

describe('the command line', () => {
  const run = promisify(execFile)

  it('connects an account, lists and removes it', async () => {
    const { dataDir } = peers.gateway
    const child = spawn(process.execPath, [
      command,
      'connect',
      'files',
      '--subject',
      'alice',
      '--json',
      '--data-dir',
      dataDir,
    ])
    const closed = once(child, 'close')
    let [output, told] = ['', '']
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    await new Promise<void>((resolve) =>
      child.stderr.on('data', (text: Buffer) => {
        told += text.toString()
        if (/http\S+\n/.test(told)) resolve()
      }),
    )
    await visit(/http\S+/.exec(told)?.[0] ?? '', { user: 'alice@provider' })
    expect(await closed).toEqual([0, null])
    const id = String(at(JSON.parse(output), 'account.id'))
    expect(JSON.parse(output)).toMatchObject({ status: 'connected', account: { server: 'files', subject: 'alice' } })
    const listed = await run(process.execPath, [command, 'accounts', 'list', '--data-dir', dataDir])
    expect(listed.stdout).toContain(id)
    await run(process.execPath, [command, 'accounts', 'remove', id, '--data-dir', dataDir])
    expect(await peers.accounts()).toEqual([])
  })
})

describe('tokens', () => {
  it('are in no answer, exchange, log or file', async () => {
    const { gateway, provider } = peers
    const pages = [await visit(linkIn(textOf(await peers.whoami(peers.alice))), { user: 'alice@provider' })]
    const answers = [await peers.whoami(peers.alice)]
    peers.refuseLastToken()
    answers.push(await peers.whoami(peers.alice), await peers.whoami(peers.alice, 'write'))
    const canaries = [...new Set(provider.issued)].map((value, n) => ({ label: `token ${n}`, value }))
    expect(canaries.length).toBeGreaterThan(3)
    const listed = await Promise.all(
      ['/accounts', '/exchanges', '/servers', '/issuances'].map((path) => gateway.api('GET', path)),
    )
    const ids = (at(listed[1]?.body, 'items') as readonly { readonly id: string }[]).map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(3)
    const exchanges = await Promise.all(ids.map((id) => gateway.api('GET', `/exchanges/${id}`)))
    const files = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true })
    const contents = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name))),
    )
    const everything = [...pages, ...answers, ...listed, ...exchanges].map((each) => JSON.stringify(each))
    const found = [...everything, gateway.stderr(), ...contents].flatMap((bytes) => findCanaries(bytes, canaries))
    expect(found).toEqual([])
    expect(listed[3]?.body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ grantType: 'authorization_code', subject: 'alice@provider', server: 'files' }),
        expect.objectContaining({ grantType: 'refresh_token', subject: 'alice@provider', audience: peers.server.url }),
      ]),
    })
    const { text: metrics } = await send(`${gateway.dataUrl}/metrics`)
    expect(metrics).toMatch(/^gatehouse_issuances_total\{grant="refresh_token",subject="alice"\} \d+$/m)
    expect(metrics).toMatch(/^gatehouse_user_accounts\{subject="alice",status="connected"\} 1$/m)
    for (const { requestId } of at(listed[3]?.body, 'items') as readonly { readonly requestId: string }[]) {
      const { body } = await gateway.api('GET', `/exchanges?q=request:${requestId}`)
      expect(JSON.stringify(body)).toContain(`"causedBy":"${requestId}"`)
    }
    const injected = exchanges.flatMap(({ body }) => at(body, 'request.injected') as readonly unknown[])
    expect(injected).toContainEqual(
      expect.objectContaining({
        name: 'authorization',
        masked: true,
        source: expect.objectContaining({ accountId: expect.stringMatching(/^acc_/) }),
      }),
    )
  })
})
