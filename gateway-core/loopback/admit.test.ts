import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { admit, ownHosts } from './admit.js'

const rules = { hosts: ownHosts(4283), origins: new Set(['https://app.example']) }

function judge(...headers: readonly [string, string][]) {
  const request = {
    rawHeaders: headers.flat(),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
  }
  return admit(request as unknown as IncomingMessage, rules)
}

describe('admits', () => {
  it.each(['127.0.0.1:4283', 'localhost:4283', 'LOCALHOST:4283', '[::1]:4283'])('Host %s', (host) => {
    expect(judge(['Host', host]).admitted).toBe(true)
  })
  it('the port’s own Origin under the name that was asked', () => {
    expect(judge(['Host', 'localhost:4283'], ['Origin', 'http://localhost:4283'])).toMatchObject({
      admitted: true,
      crossOrigin: undefined,
    })
  })
  it('an Origin that was let in', () => {
    expect(judge(['Host', 'localhost:4283'], ['Origin', 'https://app.example'])).toMatchObject({
      crossOrigin: 'https://app.example',
    })
  })
  it('a person who follows a link from elsewhere', () => {
    expect(
      judge(['Host', 'localhost:4283'], ['Sec-Fetch-Site', 'cross-site'], ['Sec-Fetch-Mode', 'navigate']).admitted,
    ).toBe(true)
  })
})

describe('refuses', () => {
  it.each([
    [[]],
    [[['Host', '']]],
    [[['Host', 'evil.example']]],
    [[['Host', '127.0.0.1']]],
    [[['Host', '127.0.0.1:4284']]],
    [[['Host', '127.0.0.1:4283.evil.example']]],
    [[['Host', 'user@127.0.0.1:4283']]],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['host', '127.0.0.1:4283'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Origin', 'null'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Origin', 'http://localhost:4283'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Origin', 'https://127.0.0.1:4283'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Origin', 'https://evil.example'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Origin', 'http://127.0.0.1:4283'],
        ['Origin', 'https://evil.example'],
      ],
    ],
    [
      [
        ['Host', '127.0.0.1:4283'],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'no-cors'],
      ],
    ],
  ] as [string, string][][][])('%j', (headers) => {
    expect(judge(...headers).admitted).toBe(false)
  })
})
