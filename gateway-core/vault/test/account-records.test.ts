import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountDescription, OAuthClient } from '../account-store.js'
import { openDatabase } from '../database.js'
import type { OpenRecords } from '../open-records.js'
import { fixtureKeys, makeDirectory, openFixtureRecords, type FixtureDirectory } from './vault-fixture.js'

const ada: AccountDescription = {
  server: 'github',
  subject: 'ada',
  destination: 'https://mcp.example',
  issuer: 'https://as.example',
  client: { id: 'client-1', registration: 'dcr', redirectUri: 'http://127.0.0.1:4283/oauth/callback' },
  tokenUrl: 'https://as.example/token',
  resource: 'https://mcp.example/mcp',
  scopes: ['repo'],
  expiresAt: '2026-11-21T12:00:00.000Z',
}
const tokens = { accessToken: 'canary-access-token-1', refreshToken: 'canary-refresh-token-1' }

let fixture: FixtureDirectory
let records: OpenRecords
beforeEach(() => {
  fixture = makeDirectory()
  records = openFixtureRecords(fixture)
})
afterEach(() => {
  records.close()
  fixture.remove()
})

const connect = (account = ada, with_ = tokens) => records.write(() => records.accounts.connect(account, with_))

describe('an account in the vault', () => {
  it('is found by its server and subject, with its tokens, after the vault was opened anew', () => {
    const { account } = connect()
    records.close()
    records = openFixtureRecords(fixture)
    expect(records.accounts.find({ server: 'github', subject: 'ada' })).toEqual({ account, tokens })
    expect(records.accounts.get(account.id)).toEqual({ account, tokens })
    expect(records.accounts.find({ server: 'github', subject: 'bob' })).toBeUndefined()
    expect(records.accounts.find({ server: 'github', subject: '' })).toBeUndefined()
  })

  it('is listed without its tokens', () => {
    connect()
    expect(JSON.stringify(records.accounts.list())).not.toContain('canary')
    expect(records.accounts.list()).toMatchObject([{ server: 'github', subject: 'ada', status: 'connected' }])
  })

  it('keeps its id when it is connected again, with a later generation', () => {
    const first = connect().account
    const second = connect(ada, { ...tokens, accessToken: 'other' }).account
    expect(second.id).toBe(first.id)
    expect(second.generation).toBeGreaterThan(first.generation)
    expect(records.accounts.list()).toHaveLength(1)
  })

  it('is one of several of a subject, told apart by labels, of which one is used by default', () => {
    const owner = { server: 'github', subject: 'ada' }
    const work = connect({ ...ada, label: 'work' }).account
    expect(records.accounts.find(owner)?.account.id).toBe(work.id)
    const first = connect().account
    expect(first.id).not.toBe(work.id)
    expect(records.accounts.find(owner)?.account.id).toBe(first.id)
    expect(records.accounts.find(owner, 'work')?.account).toEqual(work)
    expect(records.accounts.find(owner, 'other')).toBeUndefined()
    expect(records.accounts.find({ ...owner, clientKey: 'x' })).toBeUndefined()
    records.write(() => records.accounts.choose(work.id, { isDefault: true }))
    expect(records.accounts.find(owner)).toEqual({ account: { ...work, isDefault: true }, tokens })
    records.write(() => records.accounts.choose(first.id, { isDefault: true }))
    expect(records.accounts.list().filter(({ isDefault }) => isDefault === true)).toHaveLength(1)
    expect(() => records.write(() => records.accounts.choose(first.id, { label: 'work' }))).toThrow('already')
    expect(records.write(() => records.accounts.choose('acc_none', { label: 'x' }))).toBeUndefined()
    records.write(() => records.accounts.choose(first.id, { label: 'home' }))
    records.close()
    records = openFixtureRecords(fixture)
    expect(records.accounts.find(owner)).toEqual({ account: { ...first, label: 'home', isDefault: true }, tokens })
  })

  it('takes refreshed tokens for its own generation alone', () => {
    const { id, generation } = connect().account
    const change = { tokens: { accessToken: 'new' }, expiresAt: '2026-11-21T13:00:00.000Z' }
    const refreshed = records.write(() => records.accounts.refresh(id, generation, change))
    expect(refreshed).toMatchObject({ tokens: { accessToken: 'new' }, account: { expiresAt: change.expiresAt } })
    expect(records.write(() => records.accounts.refresh(id, generation, change))).toBeUndefined()
    expect(records.accounts.get(id)?.account.generation).toBe(refreshed?.account.generation)
  })

  it('forgets the old expiry where the provider tells none any more', () => {
    const { id, generation } = connect().account
    records.write(() => records.accounts.refresh(id, generation, { tokens }))
    expect(records.accounts.get(id)?.account.expiresAt).toBeUndefined()
  })

  it('asks for a new sign-in for its own generation alone, and stops when it is connected again', () => {
    const { id, generation } = connect().account
    expect(records.write(() => records.accounts.requireSignIn(id, generation - 1, 'withdrawn'))).toBe(false)
    expect(records.accounts.get(id)?.account.status).toBe('connected')
    expect(records.write(() => records.accounts.requireSignIn(id, generation, 'withdrawn'))).toBe(true)
    expect(records.accounts.get(id)).toMatchObject({
      account: { status: 'sign_in_needed', reason: 'withdrawn' },
      tokens,
    })
    expect(connect().account).not.toHaveProperty('reason')
  })

  it('is leased to one at a time, until it is released, ends, or has another generation', () => {
    const { id, generation } = connect().account
    const lease = (holder: string, durationMs = 60_000, of = generation) =>
      records.write(() => records.accounts.lease(id, of, holder, durationMs))
    expect(lease('a')).toBe('leased')
    expect(lease('b')).toBe('taken')
    records.write(() => records.accounts.release(id, 'b'))
    expect(lease('b')).toBe('taken')
    records.write(() => records.accounts.release(id, 'a'))
    expect(lease('b', 0)).toBe('leased')
    expect(lease('c')).toBe('leased')
    expect(lease('d', 60_000, generation - 1)).toBe('stale')
    records.write(() => records.accounts.remove(id))
    expect(lease('e')).toBe('stale')
  })

  it('is gone when it was removed', () => {
    const { id } = connect().account
    expect(records.write(() => records.accounts.remove(id))).toBe(true)
    expect(records.write(() => records.accounts.remove(id))).toBe(false)
    expect(records.accounts.find({ server: 'github', subject: 'ada' })).toBeUndefined()
  })

  it('has tokens that are masked wherever they turn up', () => {
    connect()
    expect(records.accounts.values()).toEqual([tokens.accessToken, tokens.refreshToken])
  })

  it.each([
    ['its subject', "UPDATE accounts SET subject = 'bob'"],
    ['where its token goes', "UPDATE accounts SET document = replace(document, 'mcp.example', 'evil.example')"],
    [
      'its token endpoint',
      "UPDATE accounts SET document = replace(document, 'as.example/token', 'evil.example/token')",
    ],
    ['its generation', 'UPDATE accounts SET generation = generation + 1'],
  ])('does not open for somebody who edited %s', (_what, sql) => {
    connect()
    const database = openDatabase(fixture.database, fixtureKeys().database, false)
    database.exec(sql)
    database.close()
    expect(() => [
      records.accounts.find({ server: 'github', subject: 'ada' }),
      records.accounts.find({ server: 'github', subject: 'bob' }),
    ]).toThrow('changed by')
    records.close()
    expect(() => openFixtureRecords(fixture)).toThrow('something other than Gatehouse')
    fixture.remove()
    fixture = makeDirectory()
    records = openFixtureRecords(fixture)
  })

  it('is in no file in the clear', () => {
    connect()
    for (const suffix of ['', '-wal'])
      expect(readFileSync(fixture.database + suffix).includes('canary-access')).toBe(false)
  })
})

describe('a registered OAuth client', () => {
  const client: OAuthClient = {
    issuer: 'https://as.example',
    redirectUri: 'http://127.0.0.1:4283/oauth/callback',
    clientId: 'client-1',
    clientSecret: 'canary-client-secret',
    authMethod: 'client_secret_basic',
    registeredAt: '2026-11-21T12:00:00.000Z',
  }

  it('is kept for one issuer and redirect URI', () => {
    records.write(() => records.oauthClients.put(client))
    records.close()
    records = openFixtureRecords(fixture)
    expect(records.oauthClients.find(client.issuer, client.redirectUri)).toEqual(client)
    expect(records.oauthClients.find('https://as.example/', client.redirectUri)).toBeUndefined()
    expect(records.oauthClients.find(client.issuer, 'http://localhost:4283/oauth/callback')).toBeUndefined()
  })

  it('is replaced and removed', () => {
    records.write(() => records.oauthClients.put(client))
    records.write(() => records.oauthClients.put({ ...client, clientId: 'client-2' }))
    expect(records.oauthClients.find(client.issuer, client.redirectUri)?.clientId).toBe('client-2')
    expect(records.oauthClients.values()).toEqual(['canary-client-secret'])
    records.write(() => records.oauthClients.remove(client.issuer, client.redirectUri))
    expect(records.oauthClients.find(client.issuer, client.redirectUri)).toBeUndefined()
  })
})
