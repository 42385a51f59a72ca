import { describe, expect, it } from 'vitest'
import { resultOf } from './answer-demo.js'

const headers = { accept: 'application/json', authorization: 'Bearer abcdefghijklmnopqrstuvwxyz', 'x-user': 'ada' }

describe('the demo server', () => {
  it('shows what it received, with credentials masked', () => {
    const shown = JSON.stringify(resultOf('tools/call', { name: 'show_headers' }, headers))
    expect(shown).toContain('x-user: ada')
    expect(shown).toContain('authorization: Bearer ****wxyz')
    expect(shown).not.toContain('abcdefgh')
  })

  it('is open to agents of either era', () => {
    expect(resultOf('initialize', {}, {})).toMatchObject({ protocolVersion: '2025-11-25' })
    expect(resultOf('server/discover', {}, {})).toMatchObject({ supportedVersions: ['2026-07-28'] })
  })

  it('says what is wrong with a call, and knows no other method', () => {
    expect(resultOf('tools/call', { name: 'echo', arguments: { text: 'hi' } }, {})).toMatchObject({
      content: [{ text: 'hi' }],
    })
    expect(resultOf('tools/call', { name: 'echo' }, {})).toMatchObject({ isError: true })
    expect(resultOf('tools/call', { name: 'wipe' }, {})).toMatchObject({ isError: true })
    expect(resultOf('resources/list', {}, {})).toBeUndefined()
  })
})
