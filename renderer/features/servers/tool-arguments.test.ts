import { describe, expect, it } from 'vitest'
import { argumentFields, argumentsOf } from './tool-arguments.js'
import { isToolShown, toolNameForAgents } from './tool-view.js'

const schema = {
  type: 'object',
  properties: {
    text: { type: 'string', description: 'What to say' },
    count: { type: 'integer' },
    loud: { type: 'boolean' },
    mood: { enum: ['calm', 'angry'] },
    where: { type: 'object' },
  },
  required: ['text', 'loud'],
}

describe('a form for a tool', () => {
  it('has a field for each property', () => {
    expect(argumentFields(schema)?.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['text', 'text', true],
      ['count', 'number', false],
      ['loud', 'flag', true],
      ['mood', 'choice', false],
      ['where', 'json', false],
    ])
  })

  it('is not made of what names no properties', () => {
    expect(argumentFields({ type: 'object' })).toBeUndefined()
    expect(argumentFields(undefined)).toEqual([])
    expect(argumentFields({ type: 'object', additionalProperties: false })).toEqual([])
  })

  it('leaves out what is empty, and keeps what is required', () => {
    const fields = argumentFields(schema) ?? []
    expect(argumentsOf(fields, { text: '', count: '', mood: '' })).toEqual({ text: '', loud: false })
    expect(argumentsOf(fields, { text: 'a', count: '3', loud: true, mood: 'calm', where: '{"x":1}' })).toEqual({
      ...{ text: 'a', count: 3, loud: true, mood: 'calm', where: { x: 1 } },
    })
    expect(() => argumentsOf(fields, { where: '{' })).toThrow(SyntaxError)
  })
})

describe('what agents see', () => {
  it.each([
    [{}, 'a', true],
    [{ tools: { a: { hidden: true } } }, 'a', false],
    [{ tools_shown: ['b*'] }, 'a', false],
    [{ tools_shown: ['b*'], tools: { a: { hidden: false } } }, 'a', true],
  ])('of %j is %s: %s', (config, name, shown) => expect(isToolShown(config, name)).toBe(shown))

  it('is called as it was renamed', () => {
    expect(toolNameForAgents({ tools: { a: { rename: 'b' } } }, 'a')).toBe('b')
  })
})
