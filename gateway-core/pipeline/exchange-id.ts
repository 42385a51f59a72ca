/**
 * Ids of exchanges: the time in 4096ths of a millisecond, in base 36. Each is greater than the one before, so that an id
 * is a place in time and the store needs no other index.
 */
import { randomInt } from 'node:crypto'
import { placesPerMs } from '../contract/captured-exchange.js'

let last = 0

/** @param atMs epoch milliseconds */
export function exchangeId(atMs: number): string {
  // Two gateways on one vault begin each millisecond at places of their own.
  last = Math.max(last + 1, atMs * placesPerMs + randomOffset)
  return last.toString(36)
}

const randomOffset = randomInt(placesPerMs / 2)
