/** What a person approves when they approve a server that runs a command. */
import { createHash } from 'node:crypto'
import type { Server } from '../contract/profile.js'
import { canonicalJson } from './canonical-json.js'

/**
 * Lower-case hex SHA-256 over command, arguments (references to secrets by name), names of environment variables and
 * folder. Values of the environment are not part of it: they may change without a new approval.
 */
export function commandDigest(server: Server): string {
  const approved = {
    command: server.command,
    args: server.args ?? [],
    env: Object.keys(server.env ?? {}).sort(),
    cwd: server.cwd,
  }
  return createHash('sha256').update(canonicalJson(approved)).digest('hex')
}
