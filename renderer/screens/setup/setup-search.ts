export interface SetupSearch {
  /** Slug of the server that the setup is for; left out for one that is not there yet. */
  readonly server?: string
}

export function readSetupSearch({ server }: Record<string, unknown>): SetupSearch {
  return typeof server === 'string' && server.length <= 64 ? { server } : {}
}
