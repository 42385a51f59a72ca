import type { PutServerData, Server } from '../../client/api.js'

/** A server's configuration as it can be sent back, without what the gateway adds to its answers. */
export function configOf(server: Server): PutServerData['body'] {
  const {
    slug: _slug,
    profile: _profile,
    state: _state,
    health: _health,
    createdAt: _c,
    updatedAt: _u,
    ...config
  } = server
  return config
}
