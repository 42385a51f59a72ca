import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bearer, json, startTestPort, statusPath, type TestPort } from './test-port.js'

let test: TestPort
beforeEach(async () => void (test = await startTestPort()))
afterEach(() => test.close())

describe('answers', () => {
  it('are not stored, not sniffed and not framed', async () => {
    const { headers } = await test.send('GET', statusPath, bearer)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })

  it('name the field that is wrong', async () => {
    const answer = await test.send(
      'POST',
      '/api/v1/keys',
      json,
      JSON.stringify({ name: '', colour: 'red', servers: ['ok', 'Not OK'] }),
    )
    expect([answer.status, answer.headers['content-type']]).toEqual([422, 'application/problem+json'])
    const problem = JSON.parse(answer.text)
    expect(problem).toMatchObject({
      type: 'https://gatehouse.dev/errors#invalid_input',
      title: 'The input is not valid.',
      status: 422,
      code: 'invalid_input',
    })
    expect(problem.errors).toEqual([
      { path: 'name', message: 'expected a name' },
      {
        path: 'servers[1]',
        message: 'expected 1 to 64 of a-z, 0-9 and "-", beginning and ending with a letter or digit',
      },
      { path: 'colour', message: 'unknown key' },
    ])
  })

  const faults: [string, string, Record<string, string>, string | undefined, number, string][] = [
    ['POST', '/keys', bearer, '{"name":"x"}', 415, 'unsupported_media_type'],
    ['POST', '/keys', { ...bearer, 'content-type': 'text/plain' }, '{"name":"x"}', 415, 'unsupported_media_type'],
    ['POST', '/keys', json, '{"name":', 422, 'invalid_input'],
    ['POST', '/keys', json, undefined, 422, 'invalid_input'],
    ['POST', '/keys', json, '{"name":"x","__proto__":{}}', 422, 'invalid_input'],
    ['POST', '/profiles', { ...bearer, 'content-type': 'text/html' }, 'x', 415, 'unsupported_media_type'],
    ['GET', '/exchanges?limit=501', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/exchanges?limit=1&limit=2', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/exchanges?colour=red', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/exchanges?since=yesterday', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/servers?cursor=zzz', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/secrets?limit=0', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/approvals?status=maybe', bearer, undefined, 422, 'invalid_input'],
    ['GET', '/exchanges/none', bearer, undefined, 404, 'not_found'],
    ['GET', '/servers/none', bearer, undefined, 404, 'unknown_server'],
    ['GET', '/nothing', bearer, undefined, 404, 'not_found'],
    ['DELETE', '/status', bearer, undefined, 404, 'not_found'],
    ['PUT', '/secrets/bad%20name', json, '{"value":"x"}', 422, 'invalid_input'],
    ['PUT', '/secrets/name', json, JSON.stringify({ value: 'x'.repeat(65_537) }), 422, 'invalid_input'],
    ['POST', '/profiles', { ...bearer, 'content-type': 'application/yaml' }, 'broken', 422, 'profile_invalid'],
  ]
  it.each(faults)('%s %s is a problem document', async (method, path, headers, body, status, code) => {
    const answer = await test.send(method, `/api/v1${path}`, headers, body)
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json'])
    expect(JSON.parse(answer.text)).toMatchObject({ code, status })
  })

  it('refuse a body of more than 16 MiB', async () => {
    const answer = await test.send('POST', '/api/v1/profiles', {
      ...json,
      'content-length': String(16 * 1024 * 1024 + 1),
    })
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([413, 'payload_too_large'])
  })

  it('say nothing of what failed inside, in the answer or in the log', async () => {
    const answer = await test.send('PUT', '/api/v1/servers/x', json, '{}')
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([500, 'internal'])
    expect(test.log()).toContain('TypeError')
    expect(answer.text + test.log()).not.toContain('planted-value')
  })
})

describe('the vault', () => {
  it('is asked for before anything that is in it', async () => {
    for (const state of ['locked', 'uninitialized'] as const) {
      test.setState(state)
      for (const path of ['/servers', '/secrets', '/exchanges', '/profiles', '/keys', '/agents']) {
        const answer = await test.send('GET', `/api/v1${path}`, bearer)
        expect([answer.status, JSON.parse(answer.text).code]).toEqual([503, 'vault_locked'])
      }
      expect(JSON.parse((await test.send('GET', statusPath, bearer)).text).vault).toBe(state)
    }
  })

  it('is opened by its passphrase, closed, and made by the first one', async () => {
    expect((await test.send('POST', '/api/v1/lock', bearer)).status).toBe(204)
    const wrong = await test.send('POST', '/api/v1/unlock', json, '{"passphrase":"wrong"}')
    expect([wrong.status, JSON.parse(wrong.text).code]).toEqual([403, 'vault_wrong_passphrase'])
    expect((await test.send('POST', '/api/v1/unlock', json, '{"passphrase":"right"}')).status).toBe(204)
    test.setState('uninitialized')
    expect((await test.send('POST', '/api/v1/unlock', json, '{"recoveryKey":"R"}')).status).toBe(409)
    expect((await test.send('POST', '/api/v1/unlock', json, '{"passphrase":"first"}')).status).toBe(204)
    const recovery = await test.send('POST', '/api/v1/recovery-key', bearer)
    expect([recovery.status, recovery.text]).toEqual([201, '{"recoveryKey":"RECOVERY"}'])
    const none = await test.send('POST', '/api/v1/unlock', json, '{"passphrase":"a","recoveryKey":"b"}')
    expect(none.status).toBe(422)
  })

  it('takes a secret and never gives it back', async () => {
    const first = await test.send('PUT', '/api/v1/secrets/planted?subject=ann', json, '{"value":"planted-value-1234"}')
    const second = await test.send('PUT', '/api/v1/secrets/planted?subject=ann', json, '{"value":"planted-value-5678"}')
    expect([first.status, second.status]).toEqual([201, 200])
    const list = await test.send('GET', '/api/v1/secrets', bearer)
    expect(JSON.parse(list.text).items).toMatchObject([{ name: 'planted', subject: 'ann', usedBy: [] }])
    expect(first.text + second.text + list.text + test.log()).not.toContain('planted-value')
    expect(test.values.get('planted')?.value).toBe('planted-value-5678')
  })
})

describe('profiles', () => {
  it('arrive as the file itself', async () => {
    const yaml = await test.send(
      'POST',
      '/api/v1/profiles?dryRun=true&name=mine',
      { ...bearer, 'content-type': 'application/yaml; charset=utf-8' },
      'a: 1',
    )
    const asJson = await test.send('POST', '/api/v1/profiles', json, '{"a":1}')
    expect([yaml.status, asJson.status]).toEqual([200, 200])
    expect(test.applied).toEqual([
      { text: 'a: 1', format: 'yaml', name: 'mine', dryRun: true },
      { text: '{"a":1}', format: 'json', dryRun: false },
    ])
  })

  it('keep the line of what is wrong with them', async () => {
    const answer = await test.send(
      'POST',
      '/api/v1/profiles',
      { ...bearer, 'content-type': 'application/yaml' },
      'broken',
    )
    expect(JSON.parse(answer.text).errors).toEqual([{ path: 'mcpServers.x.url', message: 'expected a URL', line: 3 }])
  })

  it('come as JSON, or as the file where that is preferred', async () => {
    const read = async (accept?: string) =>
      (await test.send('GET', '/api/v1/profiles/team', { ...bearer, ...(accept && { accept }) })).headers[
        'content-type'
      ]
    expect(await read()).toBe('application/json; charset=utf-8')
    expect(await read('*/*')).toBe('application/json; charset=utf-8')
    expect(await read('application/yaml')).toBe('application/yaml; charset=utf-8')
    expect(await read('application/json, application/yaml;q=0.5')).toBe('application/json; charset=utf-8')
  })

  it(
    'travel with their secrets in an age file, and a secret that is there keeps its value',
    { timeout: 60_000 },
    async () => {
      const exported = await fetch(`${test.port.url}/api/v1/profiles/team/export`, {
        method: 'POST',
        headers: json,
        body: '{"recipientPassphrase":"for bob"}',
      })
      expect([exported.status, exported.headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
      const file = Buffer.from(await exported.arrayBuffer())
      expect(file.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/)
      expect(file.toString('latin1')).not.toContain('planted-value')
      const body = JSON.stringify({ file: file.toString('base64'), passphrase: 'for bob' })
      const dryRun = await test.send('POST', '/api/v1/profiles/import?dryRun=true', json, body)
      expect([dryRun.status, JSON.parse(dryRun.text).missingSecrets, test.values.size]).toEqual([200, [], 0])
      await test.send('POST', '/api/v1/profiles/import', json, body)
      expect(test.values.get('planted')?.value).toBe('planted-value-1234')
      await test.send('PUT', '/api/v1/secrets/planted', json, '{"value":"mine"}')
      const again = await test.send('POST', '/api/v1/profiles/import', json, body)
      expect(test.values.get('planted')?.value).toBe('mine')
      expect(JSON.parse(again.text).warnings).toEqual([
        expect.stringContaining('The vault has a secret planted already'),
      ])
    },
  )
})
