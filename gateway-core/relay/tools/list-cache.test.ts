import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../contract/errors.js'
import type { Answer, Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'
import { createListCache, type ListRequest } from './list-cache.js'
import { ListRefused } from './read-list.js'

const modern = { era: 'modern', protocolVersion: '2026-07-28', capabilities: {}, serverInfo: {} } as const
const legacy = (tools: Params): ServerAbout => ({
  era: 'legacy',
  protocolVersion: '2025-11-25',
  capabilities: { tools },
  serverInfo: {},
})

/** A server whose answers are the next of `pages`, the last one again and again. */
function scripted(about: ServerAbout | undefined, ...pages: readonly (Params | Error)[]) {
  const asked: (Params | undefined)[] = []
  const request = (context = 'a', server = 's'): ListRequest => ({
    server,
    context,
    method: 'tools/list',
    about: () => about,
    fetch: async (params): Promise<Answer> => {
      const page = pages[Math.min(asked.push(params), pages.length) - 1]
      if (page === undefined || page instanceof Error) throw page ?? new Error('nothing scripted')
      return { result: page }
    },
  })
  return { asked, request }
}

const one = { name: 'one' }
const two = { name: 'two' }

describe('the cache of lists', () => {
  it('keeps a list for its ttlMs, and the smallest of its pages', async () => {
    let nowMs = 0
    const cache = createListCache(() => nowMs)
    const server = scripted(modern, { tools: [one], ttlMs: 500, nextCursor: 'x' }, { tools: [two], ttlMs: 100 })
    expect((await cache.get(server.request())).items).toEqual([one, two])
    expect(server.asked).toEqual([undefined, { cursor: 'x' }])
    nowMs = 99
    await cache.get(server.request())
    expect(server.asked).toHaveLength(2)
    nowMs = 100
    await cache.get(server.request())
    expect(server.asked).toHaveLength(3)
  })

  it('asks again each time where ttlMs is 0 or absent in the stateless era, and where nothing is known', async () => {
    for (const about of [modern, undefined])
      for (const more of [{}, { ttlMs: 0 }]) {
        const cache = createListCache(() => 0)
        const server = scripted(about, { tools: [one], ...more })
        await cache.get(server.request())
        await cache.get(server.request())
        expect(server.asked).toHaveLength(2)
      }
  })

  it('keeps the list of an older server for 60 s, or for 10 minutes where it announces changes', async () => {
    for (const [about, freshMs] of [
      [legacy({}), 60_000],
      [legacy({ listChanged: true }), 600_000],
    ] as const) {
      let nowMs = 0
      const cache = createListCache(() => nowMs)
      const server = scripted(about, { tools: [one] })
      await cache.get(server.request())
      nowMs = freshMs - 1
      expect(cache.fresh('s', 'a', 'tools/list')?.items).toEqual([one])
      nowMs = freshMs
      expect(cache.fresh('s', 'a', 'tools/list')).toBeUndefined()
    }
  })

  it('shares what is public, and nothing that is private or does not say', async () => {
    for (const [cacheScope, times] of [
      ['public', 1],
      ['private', 2],
      [undefined, 2],
      ['other', 2],
    ] as const) {
      const cache = createListCache(() => 0)
      const server = scripted(modern, { tools: [one], ttlMs: 1_000, ...(cacheScope ? { cacheScope } : {}) })
      await cache.get(server.request('a'))
      await cache.get(server.request('b'))
      expect(server.asked).toHaveLength(times)
    }
  })

  it('takes a list for private if one of its pages is', async () => {
    const cache = createListCache(() => 0)
    const pages = [
      { tools: [one], ttlMs: 1_000, cacheScope: 'public', nextCursor: 'x' },
      { tools: [two], ttlMs: 1_000, cacheScope: 'private' },
    ]
    await cache.get(scripted(modern, ...pages).request('a'))
    expect(cache.lastKnown('s', 'b', 'tools/list')).toBeUndefined()
  })

  it('shares no more what was public once', async () => {
    const cache = createListCache(() => 0)
    await cache.get(scripted(modern, { tools: [one], ttlMs: 1_000, cacheScope: 'public' }).request('a'))
    cache.invalidate('s', 'tools/list')
    await cache.get(scripted(modern, { tools: [two], ttlMs: 1_000, cacheScope: 'private' }).request('a'))
    expect(cache.lastKnown('s', 'b', 'tools/list')).toBeUndefined()
    expect(cache.lastKnown('s', 'a', 'tools/list')?.items).toEqual([two])
  })

  it('asks once however many wait', async () => {
    const cache = createListCache(() => 0)
    const server = scripted(modern, { tools: [one] })
    const lists = await Promise.all([1, 2, 3].map(() => cache.get(server.request())))
    expect(server.asked).toHaveLength(1)
    expect(lists[2]).toBe(lists[0])
  })

  it('remembers no failure, and has the last list while there is none', async () => {
    const cache = createListCache(() => 0)
    const down = new GatewayError('server_unreachable')
    const server = scripted(modern, { tools: [one] }, down, { tools: [two] })
    await cache.get(server.request())
    await expect(cache.get(server.request())).rejects.toBe(down)
    expect(cache.lastKnown('s', 'a', 'tools/list')?.items).toEqual([one])
    expect((await cache.get(server.request())).items).toEqual([two])
  })

  it('throws ListRefused for an error and for an answer without a list', async () => {
    const cache = createListCache(() => 0)
    const error = { code: -32603, message: 'secret' }
    const request = scripted(modern).request()
    const refused = await cache.get({ ...request, fetch: async () => ({ error }) }).catch((thrown: unknown) => thrown)
    expect(refused).toBeInstanceOf(ListRefused)
    expect(refused).toMatchObject({ message: 'the server answered tools/list with error -32603', error })
    await expect(cache.get(scripted(modern, { tools: 'x' }).request())).rejects.toThrow('without a list')
  })

  it('asks again after list_changed, and takes no list for fresh that was asked for before it', async () => {
    const cache = createListCache(() => 0)
    const answers: ((answer: Answer) => void)[] = []
    const request: ListRequest = {
      ...scripted(legacy({ listChanged: true })).request(),
      fetch: () => new Promise((resolve) => answers.push(resolve)),
    }
    const before = cache.get(request)
    cache.invalidate('s', 'tools/list')
    const after = cache.get(request)
    expect(answers).toHaveLength(2)
    answers[1]?.({ result: { tools: [two] } })
    await after
    answers[0]?.({ result: { tools: [one] } })
    expect((await before).items).toEqual([one])
    expect(cache.fresh('s', 'a', 'tools/list')?.items).toEqual([two])
  })

  it('invalidates one list of one server only', async () => {
    const cache = createListCache(() => 0)
    const server = scripted(legacy({}), { tools: [one] })
    await cache.get(server.request('a', 's'))
    await cache.get(server.request('a', 's-2'))
    cache.invalidate('s', 'prompts/list')
    expect(cache.fresh('s', 'a', 'tools/list')).toBeDefined()
    cache.invalidate('s', 'tools/list')
    expect(cache.fresh('s', 'a', 'tools/list')).toBeUndefined()
    expect(cache.fresh('s-2', 'a', 'tools/list')).toBeDefined()
  })

  it('keeps nothing of a server that is forgotten, nor what comes from it later', async () => {
    const cache = createListCache(() => 0)
    const answers: ((answer: Answer) => void)[] = []
    const request = scripted(legacy({})).request()
    await cache.get({ ...request, context: 'b', fetch: async () => ({ result: { tools: [one] } }) })
    const late = cache.get({ ...request, fetch: () => new Promise((resolve) => answers.push(resolve)) })
    cache.forget('s')
    answers[0]?.({ result: { tools: [one] } })
    await late
    expect(cache.lastKnown('s', 'a', 'tools/list')).toBeUndefined()
    expect(cache.lastKnown('s', 'b', 'tools/list')).toBeUndefined()
  })

  it('ends after 100 pages, after 10,000 items, and where cursors go round', async () => {
    const endless = (tools: Params[], next: (page: number) => string) => {
      let pages = 0
      const list = createListCache(() => 0).get({
        ...scripted(modern).request(),
        fetch: async () => ({ result: { tools, nextCursor: next(++pages) } }),
      })
      return list.then(({ items, isCutOff }) => ({ items: items.length, pages, isCutOff }))
    }
    expect(await endless([one], (page) => `${page}`)).toEqual({ items: 100, pages: 100, isCutOff: true })
    expect(
      await endless(
        Array.from({ length: 3_000 }, () => one),
        (page) => `${page}`,
      ),
    ).toEqual({
      items: 10_000,
      pages: 4,
      isCutOff: true,
    })
    expect(await endless([one], () => 'same')).toEqual({ items: 2, pages: 2, isCutOff: true })
  })

  it('keeps 2,000 lists at most, those that were used last', async () => {
    const cache = createListCache(() => 0)
    const server = scripted(legacy({}), { tools: [one] })
    for (let n = 0; n < 2_000; n++) await cache.get(server.request(`c${n}`))
    cache.lastKnown('s', 'c0', 'tools/list')
    await cache.get(server.request('more'))
    expect(cache.lastKnown('s', 'c0', 'tools/list')).toBeDefined()
    expect(cache.lastKnown('s', 'c1', 'tools/list')).toBeUndefined()
  })
})
