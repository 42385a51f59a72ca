import { describe, expect, it } from 'vitest'
import { parseReadyLine } from './ready-line.js'

const addresses = {
  dataUrl: 'http://127.0.0.1:4283',
  controlUrl: 'http://127.0.0.1:4284',
  controlToken: 'token',
  uiUrl: 'http://127.0.0.1:4284/session?link=x',
}
const ready = { event: 'ready', ...addresses, pid: 1 }

describe('parseReadyLine', () => {
  it('reads the addresses', () => {
    expect(parseReadyLine(JSON.stringify(ready))).toEqual(addresses)
  })

  it.each([
    '',
    'hello',
    'null',
    '[]',
    '{"event":"other"}',
    JSON.stringify({ ...ready, uiUrl: 7 }),
    JSON.stringify({ ...ready, controlUrl: 'http://example.com:4284' }),
    JSON.stringify({ ...ready, uiUrl: 'http://127.0.0.1:4284.example.com/' }),
  ])('takes %j for something else', (line) => {
    expect(parseReadyLine(line)).toBeUndefined()
  })
})
