import { describe, expect, it } from 'vitest'
import { createDirectory } from './directory.js'
import { prefixesOf } from './merged-names.js'
import { createMember } from './test/scripted-member.js'

const long = 'a-server-whose-name-goes-on-and-on-for-a-very-long-time'

describe('the directory of servers', () => {
  it('finds servers by slug and by what stands for a long one, in the order of their slugs', () => {
    const given = [createMember('b', {}), createMember(long, {}), createMember('a', {})]
    const { members, bySlug, byPrefix, prefixes } = createDirectory(() => given)()
    expect(members.map(({ slug }) => slug)).toEqual(['a', long, 'b'])
    expect(bySlug.get(long)).toBe(given[1])
    expect(byPrefix.get(prefixesOf([long]).get(long) ?? '')).toBe(given[1])
    expect(prefixes.get('b')).toBe('b')
  })

  it('is made once for as long as the servers are the same', () => {
    let given = [createMember('a', {})]
    const directory = createDirectory(() => given)
    const first = directory()
    expect(directory()).toBe(first)
    given = [createMember('c', {})]
    expect(directory().bySlug.has('a')).toBe(false)
    expect(directory().bySlug.has('c')).toBe(true)
  })
})
