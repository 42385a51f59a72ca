interface Header {
  readonly name: string
  readonly value: string
  readonly masked: boolean
}

/**
 * Names of headers that were sent otherwise than planned. What is made for each request, or fetched for it, has no value
 * in a plan: it stands in brackets there.
 */
export function differences(planned: readonly Header[], sent: readonly Header[]): readonly string[] {
  const before = new Map(planned.map((header) => [header.name.toLowerCase(), header]))
  const different: string[] = []
  for (const { name, value } of sent) {
    const plan = before.get(name.toLowerCase())
    before.delete(name.toLowerCase())
    if (plan === undefined || (plan.value !== value && !/^\(.*\)$/.test(plan.value))) different.push(name)
  }
  return [...different, ...[...before.values()].map(({ name }) => name)]
}
