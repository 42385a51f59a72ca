/** The servers of the merged one, by what names and URIs say of them. A call costs the same however many there are. */
import type { Member } from './member.js'
import { prefixesOf } from './merged-names.js'

export interface Directory {
  /** By slug. */
  readonly members: readonly Member[]
  readonly bySlug: ReadonlyMap<string, Member>
  /** See `prefixesOf`. */
  readonly prefixes: ReadonlyMap<string, string>
  readonly byPrefix: ReadonlyMap<string, Member>
}

/** @param given the members at each moment; the same array where nothing has changed */
export function createDirectory(given: () => readonly Member[]): () => Directory {
  let of: readonly Member[] | undefined
  let directory = directoryOf([])
  return () => {
    const members = given()
    if (members !== of) directory = directoryOf(members)
    of = members
    return directory
  }
}

function directoryOf(given: readonly Member[]): Directory {
  const members = given.toSorted((a, b) => (a.slug < b.slug ? -1 : Number(a.slug > b.slug)))
  const prefixes = prefixesOf(members.map(({ slug }) => slug))
  return {
    members,
    bySlug: new Map(members.map((member) => [member.slug, member])),
    prefixes,
    byPrefix: new Map(members.map((member) => [prefixes.get(member.slug) ?? member.slug, member])),
  }
}
