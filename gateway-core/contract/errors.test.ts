import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes, errorTable, GatewayError } from './errors.js'

/** The rows of the table in docs/errors.md: code, HTTP status, JSON-RPC code, and the two sentences. */
const rows = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

describe('docs/errors.md', () => {
  it('lists 38 codes, each once', () => {
    expect(errorCodes).toHaveLength(38)
    expect(rows).toHaveLength(38)
    expect(new Set(rows.map(([code]) => code)).size).toBe(38)
  })

  it.each(rows)('lists no code that does not exist: %s', (code) => {
    expect(errorCodes.map((known) => `\`${known}\``)).toContain(code)
  })

  it.each(errorCodes)('lists %s with its statuses, what it means and what to do', (code) => {
    const row = rows.find(([name]) => name === `\`${code}\``)
    const { httpStatus, jsonRpcCode } = errorTable[code]
    expect(row?.slice(1, 3)).toEqual([String(httpStatus), String(jsonRpcCode)])
    expect(row).toHaveLength(5)
    for (const sentence of row?.slice(3) ?? []) expect(sentence).toMatch(/^.+\.$/)
  })
})

describe('GatewayError', () => {
  it('says what happened this time, or else what its code means', () => {
    expect(new GatewayError('vault_locked').message).toBe('The vault is locked.')
    expect(new GatewayError('vault_locked', { detail: 'There is no vault yet.' }).message).toBe(
      'There is no vault yet.',
    )
  })

  it('keeps its cause', () => {
    const cause = new Error('why')
    expect(new GatewayError('internal', { cause }).cause).toBe(cause)
    expect('cause' in new GatewayError('internal')).toBe(false)
  })
})
