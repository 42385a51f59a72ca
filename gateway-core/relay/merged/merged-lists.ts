/** Puts the lists of several servers together, and knows which name and URI in them is whose. Pure but for its memory. */
import { isRecord, type Params } from '../../contract/json-rpc.js'
import type { KnownList } from '../tools/list-cache.js'
import { listKeys, type ListMethod } from '../tools/read-list.js'
import { isListedTool } from '../tools/tool-view.js'
import { namesWithin, prefixesOf, type MemberNames } from './merged-names.js'
import { withMergedUri } from './merged-uris.js'
import type { MemberAnswer } from './member-lists.js'
import type { Member } from './member.js'

/** Longest time for which an agent may keep a merged list: servers come and go without a notification of theirs. */
const maxTtlMs = 60_000
/** While servers are missing: they may be back at any time. */
const maxTtlWithoutAllMs = 5_000

/** The named items of one server, as agents may see them. */
export interface NamedItems {
  readonly items: readonly (Params & { readonly name: string })[]
  readonly names: MemberNames
}

/** Lists whose items go by names. */
export type NamedMethod = 'tools/list' | 'prompts/list'
/** Remembers what it made of a list for as long as the list lives. */
export type NameItems = (method: NamedMethod, member: Member, prefix: string, list: KnownList) => NamedItems

export function createNameItems(): NameItems {
  const made = new WeakMap<KnownList, { readonly of: Member; readonly prefix: string; readonly named: NamedItems }>()
  return (method, member, prefix, list) => {
    const found = made.get(list)
    const isSame = found?.of.view === member.view && found?.of.mayUse === member.mayUse && found?.prefix === prefix
    if (found !== undefined && isSame && found.of.slug === member.slug) return found.named
    const items = shownItems(method, member, list)
    const names = items.map(({ name }) => name)
    const named = { items, names: namesWithin(member.slug, prefix, names) }
    made.set(list, { of: member, prefix, named })
    return named
  }
}

/** View and key say something of tools only; a prompt of the same name is none of theirs. */
function shownItems(method: NamedMethod, { view, mayUse }: Member, list: KnownList): NamedItems['items'] {
  if (method === 'prompts/list') return list.items.filter(isListedTool)
  if (view !== undefined) return view.listed(list.items, mayUse).tools
  return list.items.filter(isListedTool).filter(({ name }) => mayUse?.(name) !== false)
}

/**
 * The result for `method`, on one page: servers by slug, each list in its server's order.
 *
 * It is always `private`, as it depends on which servers the caller may use.
 */
export function mergeLists(
  method: ListMethod,
  answers: readonly MemberAnswer[],
  nameItems: NameItems,
  nowMs: number,
): Params {
  const prefixes = prefixesOf(answers.map(({ member }) => member.slug))
  const unavailable = answers.flatMap((answer) => ('unavailable' in answer ? [answer.unavailable] : []))
  const there = answers.flatMap((answer) => ('list' in answer ? [answer] : []))
  const items = there.flatMap(({ member, list }): readonly unknown[] => {
    if (method === 'tools/list' || method === 'prompts/list')
      return mergedNames(nameItems(method, member, prefixes.get(member.slug) ?? member.slug, list))
    const key = method === 'resources/list' ? 'uri' : 'uriTemplate'
    return list.items
      .filter((item) => isRecord(item) && typeof item[key] === 'string')
      .map((item) => withMergedUri(member.slug, item))
  })
  const cutOff = there.filter(({ list }) => list.isCutOff).map(({ member }) => member.slug)
  const meta = {
    ...(unavailable.length === 0 ? {} : { 'gatehouse/unavailable': unavailable }),
    ...(cutOff.length === 0 ? {} : { 'gatehouse/cutOff': cutOff }),
  }
  const freshMs = there.map(({ list }) => Math.max(0, Math.floor(list.freshUntilMs - nowMs)))
  const ttlMs = Math.min(unavailable.length === 0 ? maxTtlMs : maxTtlWithoutAllMs, ...freshMs)
  return {
    [listKeys[method]]: items,
    ttlMs,
    cacheScope: 'private',
    ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }),
  }
}

/** Two of one name in one list are one tool to every agent: the first. */
function mergedNames({ items, names }: NamedItems): readonly unknown[] {
  const used = new Set<string>()
  return items.flatMap((item) => {
    const name = names.toMerged.get(item.name)
    if (name === undefined || used.has(name)) return []
    used.add(name)
    return [{ ...item, name }]
  })
}
