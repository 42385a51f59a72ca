import { describe, expect, it } from 'vitest'
import { namesWithin, prefixesOf, readMergedName } from './merged-names.js'
import { readMergedUri, toMergedUri } from './merged-uris.js'

const names = (slug: string, ...list: readonly string[]) =>
  namesWithin(slug, prefixesOf([slug]).get(slug) ?? slug, list)

describe('names in the merged server', () => {
  it('is slug, two underscores, name, where that fits', () => {
    const { toMerged, toServer } = names('my-server', 'read_file', '_x', 'a__b')
    expect([...toMerged.values()]).toEqual(['my-server__read_file', 'my-server___x', 'my-server__a__b'])
    expect(toServer.get('my-server__a__b')).toBe('a__b')
    expect(readMergedName('my-server__a__b')).toEqual({ prefix: 'my-server', rest: 'a__b', mayBeShortened: false })
    expect(readMergedName('my-server___x')).toMatchObject({ prefix: 'my-server', rest: '_x' })
  })

  it('is the same for ever: frozen examples', () => {
    expect(names('files', 'a'.repeat(57)).toMerged.get('a'.repeat(57))).toBe(`files__${'a'.repeat(57)}`)
    expect([...names('files', 'a'.repeat(58), 'weather.get', 'größe', '').toMerged.values()].toSorted())
      .toMatchInlineSnapshot(`
      [
        "files___160691ae9b",
        "files__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_480e9d48dc",
        "files__gr__e_c3ee04c2a1",
        "files__weather_get_9ab3e2d26b",
      ]
    `)
    expect([...names('s'.repeat(64), 'read', 'x').toMerged.values()]).toMatchInlineSnapshot(`
      [
        "sssssssssssssssssssssssssssss-868972fe3f__read_14e78a5e22",
        "sssssssssssssssssssssssssssss-868972fe3f__x_9d7592223f",
      ]
    `)
  })

  it('keeps a slug of up to 62 whole where the name fits beside it', () => {
    const slug = 's'.repeat(61)
    expect(names(slug, 'x').toMerged.get('x')).toBe(`${slug}__x`)
  })

  it('gives two names that look alike two names, in whatever order they come', () => {
    const there = names('s', 'a.b', 'a/b', 'a_b').toMerged
    const back = names('s', 'a_b', 'a/b', 'a.b').toMerged
    expect(there.get('a_b')).toBe('s__a_b')
    expect(new Set(there.values()).size).toBe(3)
    for (const name of ['a.b', 'a/b', 'a_b']) expect(back.get(name)).toBe(there.get(name))
  })

  it('lets a tool keep its name when it is called like the shortened form of another', () => {
    const shortened = names('s', 'a.b').toMerged.get('a.b') ?? ''
    const squatter = shortened.slice(3)
    const { toMerged, toServer } = names('s', 'a.b', squatter)
    expect(toMerged.get(squatter)).toBe(shortened)
    expect(toMerged.get('a.b')).not.toBe(shortened)
    expect(toServer.get(toMerged.get('a.b') ?? '')).toBe('a.b')
  })

  it('tells two long slugs apart, and one from the other’s short form', () => {
    const [a, b] = [`${'s'.repeat(60)}-a`, `${'s'.repeat(60)}-b`]
    const prefixes = prefixesOf([a, b, 'short'])
    expect(prefixes.get('short')).toBe('short')
    expect(prefixes.get(a)).toHaveLength(40)
    expect(prefixes.get(a)).not.toBe(prefixes.get(b))
    const taken = prefixes.get(a) ?? ''
    expect(prefixesOf([a, taken]).get(taken)).toBe(taken)
    expect(prefixesOf([a, taken]).get(a)).not.toBe(taken)
  })

  it('reads no name out of what is none', () => {
    for (const text of ['read', '__read', '', `a__${'x'.repeat(62)}`]) expect(readMergedName(text)).toBeUndefined()
  })
})

/** Numbers that are the same in every run (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

describe('1,000 random servers', () => {
  const random = createRandom(20_261_121)
  const pick = (characters: readonly string[], length: number): string =>
    Array.from({ length }, () => characters[random(characters.length)]).join('')
  const inSlug = [...'abcdefghijklmnopqrstuvwxyz0123456789-']
  const inName = [...'abzABZ019_-._/ äß字🙂\ud800\0"%']
  const slugs = [
    ...new Set(
      Array.from({ length: 1_000 }, () => {
        const length = random(4) === 0 ? 30 + random(33) : 1 + random(20)
        return `${pick(inSlug.slice(0, 36), 1)}${pick(inSlug, length - 1)}${length === 1 ? '' : pick(inSlug.slice(0, 36), 1)}`
      }),
    ),
  ]
  const catalogue = slugs.map((slug) => ({
    slug,
    names: [
      ...new Set(
        Array.from({ length: 1 + random(8) }, () => pick(inName, random(3) === 0 ? random(129) : 1 + random(12))),
      ),
    ],
  }))
  const prefixes = prefixesOf(slugs)
  const all = catalogue.flatMap(({ slug, names: list }) => {
    const { toMerged } = namesWithin(slug, prefixes.get(slug) ?? '', list)
    return [...toMerged].map(([name, merged]) => ({ slug, name, merged }))
  })

  it('have names of at most 64 of the characters that every agent takes, no two the same', () => {
    expect(all).toHaveLength(catalogue.reduce((sum, { names: list }) => sum + list.length, 0))
    for (const { merged } of all) expect(merged).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    expect(new Set(all.map(({ merged }) => merged)).size).toBe(all.length)
  })

  it('have the same names in any order and beside any other servers', () => {
    for (const { slug, names: list } of catalogue) {
      const again = namesWithin(slug, prefixesOf([slug]).get(slug) ?? '', list.toReversed()).toMerged
      for (const entry of all.filter((other) => other.slug === slug)) expect(again.get(entry.name)).toBe(entry.merged)
    }
  })

  it('are found again from their names', () => {
    const bySlug = new Map(catalogue.map(({ slug, names: list }) => [slug, list]))
    for (const { slug, name, merged } of all) {
      const read = readMergedName(merged)
      const owners = slugs.filter((other) => other === read?.prefix || prefixes.get(other) === read?.prefix)
      expect(owners).toEqual([slug])
      expect(namesWithin(slug, prefixes.get(slug) ?? '', bySlug.get(slug) ?? []).toServer.get(merged)).toBe(name)
      if (read?.mayBeShortened === false) expect(read.rest).toBe(name)
    }
  })

  it('have URIs that lead back', () => {
    for (const { slug, name } of all) {
      const uri = `file:///${name}`
      expect(readMergedUri(toMergedUri(slug, uri))).toEqual({ slug, uri })
    }
  })
})

describe('URIs in the merged server', () => {
  it('are those of the server behind gatehouse+{slug}:', () => {
    expect(toMergedUri('my-files', 'file:///a b')).toBe('gatehouse+my-files:file:///a b')
    expect(toMergedUri('x', 'note://{id}{?q}')).toBe('gatehouse+x:note://{id}{?q}')
    expect(readMergedUri('GATEHOUSE+X:a:b')).toEqual({ slug: 'x', uri: 'a:b' })
    expect(readMergedUri('gatehouse+x:gatehouse+y:z')).toEqual({ slug: 'x', uri: 'gatehouse+y:z' })
    for (const text of ['file:///a', 'gatehouse+:a', 'gatehouse+x', 'xgatehouse+y:z'])
      expect(readMergedUri(text)).toBeUndefined()
  })
})
