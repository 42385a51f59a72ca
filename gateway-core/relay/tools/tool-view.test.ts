import { describe, expect, it } from 'vitest'
import { compileToolView } from './tool-view.js'

const tool = (name: string, more: object = {}) => ({ name, inputSchema: { type: 'object' }, ...more })
const listed = [tool('read'), tool('write', { description: 'Writes.' }), tool('purge'), tool('stat')]
const namesOf = (tools: readonly { readonly name: string }[]) => tools.map(({ name }) => name)

describe('a tool view', () => {
  it('hides, renames and describes tools, and keeps the order of the server', () => {
    const view = compileToolView({
      tools: { purge: { hidden: true }, write: { rename: 'save', description: 'Saves a note.' } },
    })
    const { tools, problems } = view.listed(listed)
    expect(namesOf(tools)).toEqual(['read', 'save', 'stat'])
    expect(tools[1]).toEqual({ name: 'save', inputSchema: { type: 'object' }, description: 'Saves a note.' })
    expect(tools[0]).toBe(listed[0])
    expect(problems).toEqual([])
  })

  it('finds the tool behind a name, and none behind one that is hidden or renamed away', () => {
    const view = compileToolView({ tools: { purge: { hidden: true }, write: { rename: 'save' } } })
    expect(view.toServer('save')).toBe('write')
    expect(view.toServer('write')).toBeUndefined()
    expect(view.toServer('purge')).toBeUndefined()
    expect(view.toServer('read')).toBe('read')
    expect(view.toServer('other')).toBe('other')
    expect(view.toAgent('write')).toBe('save')
    expect(view.toAgent('purge')).toBeUndefined()
  })

  it('shows only what the globs match, and what is expressly not hidden', () => {
    const view = compileToolView({ shown: ['re*', 'w*'], tools: { stat: { hidden: false }, write: { hidden: true } } })
    expect(namesOf(view.listed(listed).tools)).toEqual(['read', 'stat'])
    expect(view.toServer('purge')).toBeUndefined()
  })

  it('asks the filter of a key for the server’s own name', () => {
    const view = compileToolView({ tools: { write: { rename: 'save' } } })
    const asked: string[] = []
    const { tools } = view.listed(listed, (name) => asked.push(name) > 0 && name === 'write')
    expect(namesOf(tools)).toEqual(['save'])
    expect(asked).toContain('write')
  })

  it('gives a new name to the tool that was renamed, and shows no other by it', () => {
    const view = compileToolView({ tools: { write: { rename: 'stat' } } })
    const { tools, problems } = view.listed(listed)
    expect(tools).toEqual([listed[0], { ...listed[1], name: 'stat' }, listed[2]])
    expect(problems).toEqual([
      '"stat" is not shown, as "write" is renamed to that: rename one of them to something else.',
    ])
    expect(view.toServer('stat')).toBe('write')
    expect(view.toServer('write')).toBeUndefined()
    expect(view.toAgent('stat')).toBeUndefined()
  })

  it('means the same by a name, whatever the server has', () => {
    const view = compileToolView({
      tools: { gone: { rename: 'stat' }, read: { rename: 'write' }, write: { rename: 'x' } },
    })
    expect(namesOf(view.listed(listed).tools)).toEqual(['write', 'x', 'purge'])
    expect(['stat', 'write', 'x', 'read', 'gone'].map((name) => view.toServer(name))).toEqual([
      'gone', 'read', 'write', undefined, undefined,
    ]) // prettier-ignore
  })

  it('swaps two names', () => {
    const view = compileToolView({ tools: { read: { rename: 'write' }, write: { rename: 'read' } } })
    expect(namesOf(view.listed(listed).tools)).toEqual(['write', 'read', 'purge', 'stat'])
    expect(view.toServer('read')).toBe('write')
    expect(view.toServer('write')).toBe('read')
  })

  it('gives a name that two want to the first setting, and the name of a hidden tool to whoever wants it', () => {
    const two = compileToolView({ tools: { write: { rename: 'x' }, read: { rename: 'x' } } })
    expect(namesOf(two.listed(listed).tools)).toEqual(['read', 'x', 'purge', 'stat'])
    expect(two.listed(listed).problems).toEqual([
      '"read" is not renamed to "x", as "write" already is: give it another name.',
    ])
    const freed = compileToolView({ tools: { purge: { hidden: true }, write: { rename: 'purge' } } })
    expect(namesOf(freed.listed(listed).tools)).toEqual(['read', 'purge', 'stat'])
    expect(freed.toServer('purge')).toBe('write')
  })

  it('passes over what is no tool, and takes __proto__ for a name like any other', () => {
    const view = compileToolView({})
    expect(namesOf(view.listed([null, 'x', { name: 1 }, tool('__proto__')]).tools)).toEqual(['__proto__'])
    expect(view.toServer('constructor')).toBe('constructor')
  })
})
