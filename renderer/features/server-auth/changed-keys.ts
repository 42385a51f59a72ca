/** Which keys of two configurations differ, whatever the order of their keys. */

export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other)
}

export function changedKeys<T extends object>(one: T, other: T): readonly (keyof T)[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<string & keyof T>
  return [...keys].filter((key) => !isSame(one[key], other[key]))
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  )
}
