/**
 * Which addresses a URL that somebody else named may lead to. What a person typed may be anywhere; what a server or its
 * metadata names may be at a private address only where the address that the person typed is one too.
 */
import { lookup as lookUpHost, promises as dns, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isLoopbackHost } from '../contract/profile.js'

/** How far a request may reach: `typed` anywhere, `near` into private networks too, `public` not there. */
export type Reach = 'typed' | 'near' | 'public'

export class AddressRefused extends Error {}

const privateAddresses = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv6')

/** Where machines keep what only they should read (cloud metadata), and what is no machine's address. */
const neverNamed = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  neverNamed.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 128],
  ['fd00:ec2::', 32],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  neverNamed.addSubnet(network, prefix, 'ipv6')

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Whether an IP address is of this machine, its network, or nobody's. IPv4 within IPv6 counts as what it is. */
export function isPrivateAddress(address: string): boolean {
  return isIn(privateAddresses, address)
}

export function mayReach(reach: Reach, address: string): boolean {
  if (reach === 'typed') return true
  return !isIn(reach === 'near' ? neverNamed : privateAddresses, address)
}

/** How far metadata of a server at this URL, which a person typed, may lead. */
export async function reachFrom(typed: URL): Promise<Reach> {
  const host = hostOf(typed)
  if (isLoopbackHost(host) || host.endsWith('.localhost')) return 'near'
  if (isIP(host) !== 0) return isPrivateAddress(host) ? 'near' : 'public'
  const addresses = await dns.lookup(host, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ address }) => isPrivateAddress(address)) ? 'near' : 'public'
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** As `dns.lookup` with `all: true`. */
export type LookUp = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Looks a name up for a connection, and fails where any of its addresses is out of reach. */
export function lookUpWithin(reach: Reach, lookUp: LookUp = lookUpHost): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null) callback(error, '')
      else if (first === undefined || addresses.some(({ address }) => !mayReach(reach, address)))
        callback(new AddressRefused(), '')
      else if (options.all === true) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }
}
