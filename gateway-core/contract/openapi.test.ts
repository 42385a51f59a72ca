import { describe, expect, it } from 'vitest'
import { operationTable } from './control-api.js'
import { describeControlApi } from './openapi.js'

const document = describeControlApi('1.2.3')
const rows = Object.entries(operationTable)

describe('the control API', () => {
  it.each(rows)('%s has a parameter for every brace of its path, and no other', (_id, operation) => {
    const braces = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(Object.keys(operation.params?.shape ?? {})).toEqual(braces)
  })

  it('has no two operations on one method and path', () => {
    const places = rows.map(([, { method, path }]) => `${method} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })

  it.each(rows)('%s is described, with its answer and the problem document', (id, { method, path, statuses }) => {
    const paths = document['paths'] as Record<string, Record<string, { operationId: string; responses: object }>>
    expect(paths[path]?.[method]?.operationId).toBe(id)
    expect(Object.keys(paths[path]?.[method]?.responses ?? {})).toEqual([...statuses.map(String), 'default'])
  })

  it.each(rows)('%s takes no body where there is none to take', (_id, { method, body, takesFile }) => {
    if (method === 'get' || method === 'delete') expect([body, takesFile]).toEqual([undefined, undefined])
  })
})
