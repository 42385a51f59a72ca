/** How keys and tokens are recognised without being kept. */
import { hash } from 'node:crypto'

/** Lower-case hex SHA-256. Keys have 256 random bits, so a plain hash cannot be searched for. */
export function keyHash(key: string): string {
  return hash('sha256', key, 'hex')
}
