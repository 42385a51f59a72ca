import type { LookupAddress } from 'node:dns'
import { expect, it } from 'vitest'
import { AddressRefused, lookUpWithin, type LookUp, type Reach } from './private-address.js'

const publicAddress = { address: '93.184.215.14', family: 4 }
const loopback = { address: '127.0.0.1', family: 4 }
const mapped = { address: '::ffff:10.0.0.1', family: 6 }

/** A name server whose answers follow each other. */
function answering(...answers: LookupAddress[][]): LookUp {
  const left = [...answers]
  return (_hostname, _options, callback) => callback(null, left.shift() ?? [])
}

const found = (reach: Reach, lookUp: LookUp) => {
  const look = lookUpWithin(reach, lookUp)
  return (): Promise<unknown> =>
    new Promise((resolve) =>
      look('name.example', {}, (error, address) => resolve(error instanceof AddressRefused ? 'refused' : address)),
    )
}

it('a name is looked up for each connection: that it was public before counts for nothing', async () => {
  const look = found('public', answering([publicAddress], [loopback], [publicAddress]))
  expect([await look(), await look(), await look()]).toEqual([publicAddress.address, 'refused', publicAddress.address])
})

it('a name with a private address among public ones is refused, in whatever order, and within IPv6', async () => {
  const look = found(
    'public',
    answering([publicAddress, loopback], [loopback, publicAddress], [publicAddress, mapped], []),
  )
  expect([await look(), await look(), await look(), await look()]).toEqual(['refused', 'refused', 'refused', 'refused'])
})

it('a name of a private network’s server may have private addresses, and none of cloud metadata', async () => {
  const look = found('near', answering([loopback], [{ address: '169.254.169.254', family: 4 }]))
  expect([await look(), await look()]).toEqual([loopback.address, 'refused'])
})
