import { CompactEncrypt, importJWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { json, startHttpPeer, type HttpPeer } from './test/http-peer.js'
import { brokerAt, createTokenBench, tokenBroker, type TokenBench } from './test/token-bench.js'

const failed = (detail: RegExp) =>
  expect.objectContaining({ code: 'token_endpoint_failed', message: expect.stringMatching(detail) })

let bench: TokenBench
let peer: HttpPeer
beforeEach(async () => {
  bench = createTokenBench()
  bench.secrets.set('admin-key', 'the-admin-key-0001')
  peer = await startHttpPeer(json(200, { access_token: 'downstream', expires_in: 3600 }))
})
afterEach(async () => {
  await bench.source.close()
  await peer.close()
})

const settings = () =>
  brokerAt(`${peer.origin}/base/`, { account: 'acme', project: 'a b', credential: { secret: 'admin-key' } })
const get = (subject = 'ada') =>
  bench.source.obtain(
    tokenBroker,
    bench.context({ broker: settings(), caller: { id: `key-${subject}`, subject, method: 'api_key' } }),
  )

describe('a token broker', () => {
  it('is asked for the caller’s token at the server, with the gateway’s credential', async () => {
    expect((await get('ada/1')).value).toBe('downstream')
    const [request] = peer.seen
    expect(request?.method).toBe('GET')
    expect(request?.url).toBe('/base/api/v1/downstream-tokens/backend?account_id=acme&project_id=a+b&user_id=ada%2F1')
    expect(request?.headers.authorization).toBe('Bearer the-admin-key-0001')
    expect(bench.opened).toEqual([`admin-key for ${peer.origin}`])
  })

  it('is asked once per caller in five minutes, or until the token expires if that is sooner', async () => {
    await Promise.all([get(), get(), get('bob'), get('bob')])
    expect(peer.seen).toHaveLength(2)
    bench.skewMs = 4 * 60_000
    await get()
    expect(peer.seen).toHaveLength(2)
    bench.skewMs = 5 * 60_000
    await get()
    expect(peer.seen).toHaveLength(3)
    peer.answerWith(json(200, { access_token: 'short', expires_in: 60 }))
    await get('eve')
    bench.skewMs += 60_000
    await get('eve')
    expect(peer.seen).toHaveLength(5)
  })

  it('that has no token says with 404 that there is no account yet, each time anew', async () => {
    peer.answerWith(json(404, { error: 'not_found' }))
    for (let call = 0; call < 2; call++)
      await expect(get()).rejects.toMatchObject({ code: 'account_needed', message: expect.stringContaining('ada') })
    peer.answerWith(json(200, { access_token: 'now there is one'.replaceAll(' ', '-') }))
    expect((await get()).value).toBe('now-there-is-one')
  })

  it.each([
    ['https://admin.example/connect?x=1', '127.0.0.1', true],
    ['http://127.0.0.1:9/connect', '127.0.0.1', true],
    // A broker elsewhere does not know this machine.
    ['http://127.0.0.1:9/connect', '0.0.0.0', false],
    ['http://admin.example/connect', '127.0.0.1', false],
    ['javascript:alert(1)', '127.0.0.1', false],
    ['https://user:pass@admin.example/', '127.0.0.1', false],
    [7, '127.0.0.1', false],
  ])('may say with 404 where to connect: %s of a broker at %s is told: %s', async (connectUrl, host, isTold) => {
    peer.answerWith(json(404, { code: 'not_found', connectUrl }))
    const adminUrl = peer.origin.replace('127.0.0.1', host)
    const error: unknown = await bench.source
      .obtain(tokenBroker, bench.context({ broker: brokerAt(`${adminUrl}/base/`) }))
      .catch((thrown: unknown) => thrown)
    const fix = expect.stringContaining(isTold ? 'connectUrl' : `backend where the accounts of ${adminUrl}/base`)
    expect(error).toMatchObject({ code: 'account_needed', connectUrl: isTold ? connectUrl : undefined, fix })
  })

  it.each([
    ['refuses the gateway', json(401, {}), /refused the gateway’s credential/],
    ['fails', json(500, {}), /answered 500/],
    ['has no token in its answer', json(200, {}), /without a token/],
    ['has a token that is no Bearer token', json(200, { access_token: 'x', token_type: 'mac' }), /no Bearer token/],
    ['would end the header', json(200, { access_token: 'x\r\ny: z' }), /cannot carry/],
    ['redirects', json(302, {}, { location: 'http://127.0.0.1:1/' }), /redirect/],
    ['encrypts for another key', json(200, { encrypted_token: 'a.b.c.d.e' }), /cannot decrypt/],
  ])('that %s gives no token', async (_what, answer, detail) => {
    peer.answerWith(answer)
    await expect(get()).rejects.toEqual(failed(detail))
    expect((await bench.source.issuances.list({})).items).toEqual([])
  })

  it.each(['ECDH-ES', 'RSA-OAEP-256'])('may encrypt the token for the gateway’s %s key', async (alg) => {
    const { keys } = await bench.source.publicKeys()
    const jwk = keys.find((key) => key.alg === alg)
    expect(jwk).toMatchObject({ use: 'enc', kid: expect.any(String) })
    for (const secret of ['d', 'p', 'q', 'k']) expect(jwk).not.toHaveProperty(secret)
    const key = await importJWK(jwk ?? {}, alg)
    const plain = ['raw-token', JSON.stringify({ access_token: 'token-in-an-object', expires_in: 60 })]
    const heads = [
      { alg, enc: 'A256GCM', kid: jwk?.kid ?? '' },
      { alg, enc: 'A256GCM' },
    ]
    for (const [index, text] of plain.entries()) {
      const jwe = await new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader(heads[index] ?? { alg, enc: 'A256GCM' })
        .encrypt(key)
      peer.answerWith(json(200, { encrypted_token: jwe }))
      expect((await get(`user-${index}`)).value).toBe(index === 0 ? 'raw-token' : 'token-in-an-object')
    }
  })

  it('keeps its keys over a restart', async () => {
    const before = await bench.source.publicKeys()
    bench.source.forgetAll()
    expect(await bench.source.publicKeys()).toEqual(before)
  })

  it('may come from the environment, and has to come from somewhere', async () => {
    const context = bench.context()
    await expect(bench.source.obtain(tokenBroker, context)).rejects.toEqual(failed(/No token broker/))
    const other = createTokenBench({ adminUrl: peer.origin })
    other.secrets.set('admin-key', 'k')
    await other.source.obtain(tokenBroker, other.context({ broker: { credential: { secret: 'admin-key' } } }))
    expect(other.opened).toEqual(['admin-key for token-broker'])
    expect(peer.seen[0]?.url).toBe('/api/v1/downstream-tokens/backend?user_id=ada')
    await other.source.close()
  })

  it('is noted like any other source of tokens', async () => {
    await get()
    const [noted] = (await bench.source.issuances.list({ server: 'backend' })).items
    expect(noted).toMatchObject({
      grantType: 'token_broker',
      issuer: peer.origin,
      clientId: 'acme',
      subject: 'ada',
      audience: 'http://127.0.0.1:1/mcp',
    })
  })
})
