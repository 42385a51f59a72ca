/** Puts renewed credentials into the headers of a request that was refused. */

/**
 * @param headers names and values in turn
 * @param values by lower-case name
 * @returns undefined where nothing is other than before, so that there is no use in sending again
 */
export function withRenewed(
  headers: readonly string[],
  values: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const next = headers.map((value, index) =>
    index % 2 === 0 ? value : (values.get((headers[index - 1] ?? '').toLowerCase()) ?? value),
  )
  return next.some((value, index) => value !== headers[index]) ? next : undefined
}
