/** Slugs of the servers in paths such as `mcpServers.github.app_auth.token`. */
export function serversUsing(usedBy: readonly string[]): readonly string[] {
  const slugs = usedBy.flatMap((path) => /^mcpServers\.([^.[]+)/.exec(path)?.[1] ?? [])
  return [...new Set(slugs)]
}

/** A secret may have a value of its own for a subject, so that its name alone does not tell it. */
export function secretId({ name, subject }: { readonly name: string; readonly subject?: string | undefined }): string {
  return subject === undefined ? name : `${name}\n${subject}`
}
