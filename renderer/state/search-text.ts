/** A text in an address, where it is one and not too long: anybody can write an address. */
export function searchText(search: Record<string, unknown>, key: string): string | undefined {
  const value = search[key]
  return typeof value === 'string' && value !== '' && value.length <= 1024 ? value : undefined
}

/** One of a closed set of words in an address. */
export function searchWord<W extends string>(
  search: Record<string, unknown>,
  key: string,
  words: readonly W[],
): W | undefined {
  return words.find((word) => word === search[key])
}
