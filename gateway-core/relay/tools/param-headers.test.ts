import { describe, expect, it } from 'vitest'
import { paramHeaderMismatch, paramHeaders, withParamHeaders } from './param-headers.js'

const schema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry-Run' },
    plain: { type: 'string' },
    place: { type: 'object', properties: { city: { type: 'string', 'x-mcp-header': 'City' } } },
    wrong: { type: 'string', 'x-mcp-header': 'no header' },
    list: { type: 'array', 'x-mcp-header': 'List' },
  },
}
const args = { region: 'eu', count: 42, dry: false, plain: 'x', place: { city: 'Zürich' }, wrong: 'y', list: [1] }
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`
const headers = {
  'mcp-param-region': 'eu',
  'mcp-param-count': '42',
  'mcp-param-dry-run': 'false',
  'mcp-param-city': encoded('Zürich'),
}

describe('headers that repeat arguments', () => {
  it('are wanted for what the schema names, at any depth, where there is an argument that a header can hold', () => {
    expect(paramHeaders(schema, args)).toEqual([
      { header: 'mcp-param-region', value: 'eu' },
      { header: 'mcp-param-count', value: 42 },
      { header: 'mcp-param-dry-run', value: false },
      { header: 'mcp-param-city', value: 'Zürich' },
    ])
    expect(paramHeaders(schema, { region: null, count: Number.MAX_SAFE_INTEGER + 2 })).toEqual([])
    expect(paramHeaders(schema, undefined)).toEqual([])
    expect(paramHeaders(undefined, args)).toEqual([])
    expect(paramHeaders({ properties: { toString: { 'x-mcp-header': 'A' } } }, {})).toEqual([])
  })

  it('agree where they say the same, numbers by their value', () => {
    expect(paramHeaderMismatch(paramHeaders(schema, args), headers)).toBeUndefined()
    expect(paramHeaderMismatch(paramHeaders(schema, args), { ...headers, 'mcp-param-count': '42.0' })).toBeUndefined()
    expect(paramHeaderMismatch(paramHeaders(schema, {}), { 'mcp-param-region': 'us' })).toBeUndefined()
  })

  it.each([
    ['mcp-param-region', 'us'],
    ['mcp-param-region', undefined],
    ['mcp-param-region', '=?base64?ZXU?='],
    ['mcp-param-region', '=?base64?!!!?='],
    ['mcp-param-count', '43'],
    ['mcp-param-count', '0x2a'],
    ['mcp-param-dry-run', 'FALSE'],
    ['mcp-param-city', 'Zurich'],
  ])('disagree where %s is %s', (name, value) => {
    const { [name]: _, ...others }: Record<string, string> = headers
    const given = value === undefined ? others : { ...headers, [name]: value }
    expect(paramHeaderMismatch(paramHeaders(schema, args), given)).toMatchObject({
      code: -32020,
      data: { mismatch: { header: value ?? null } },
    })
  })

  it('are sent with what a header can hold, in place of those that an agent sent', () => {
    const planned = ['authorization', 'Bearer x', 'Mcp-Param-Region', 'us', 'mcp-param-other', 'y']
    expect(withParamHeaders(planned, paramHeaders(schema, args))).toEqual([
      ...['authorization', 'Bearer x', 'mcp-param-region', 'eu', 'mcp-param-count', '42'],
      ...['mcp-param-dry-run', 'false', 'mcp-param-city', encoded('Zürich')],
    ])
    for (const region of [' eu', 'a\r\nb: c', '=?base64?eA==?=', '\u0000'])
      expect(withParamHeaders([], paramHeaders(schema, { region }))).toEqual(['mcp-param-region', encoded(region)])
  })
})
