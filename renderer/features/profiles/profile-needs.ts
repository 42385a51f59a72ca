/** What a profile leaves to whoever takes it: secrets that it names, and accounts that somebody has to connect. */
export interface ProfileNeeds {
  readonly secrets: readonly string[]
  /** Slugs of the servers that ask for an account. */
  readonly accounts: readonly string[]
}

/** @param profile in its file's form */
export function profileNeeds(profile: unknown): ProfileNeeds {
  const secrets = new Set<string>()
  const accounts = new Set<string>()
  visit(profile, (value) => {
    if (typeof value['secret'] === 'string') secrets.add(value['secret'])
  })
  const servers = isMapping(profile) ? profile['mcpServers'] : undefined
  for (const [slug, server] of Object.entries(isMapping(servers) ? servers : {}))
    visit(server, (value) => {
      if (value['type'] === 'oauth2_authorization_code') accounts.add(slug)
    })
  return { secrets: [...secrets].sort(), accounts: [...accounts].sort() }
}

function visit(value: unknown, see: (value: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  else if (isMapping(value)) {
    see(value)
    for (const item of Object.values(value)) visit(item, see)
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
