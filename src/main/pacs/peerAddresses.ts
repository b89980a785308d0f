import { lookup } from 'node:dns/promises'
import { BlockList, isIPv6 } from 'node:net'

/**
 * Tells whether an address, as a socket has it, is one of a host's. An IPv4 address may come mapped into IPv6, an IPv6
 * one with its zone. A host that cannot be resolved has none.
 */
export async function addressesOf(host: string): Promise<(peer: string | undefined) => boolean> {
  const known = new BlockList()
  const found = await lookup(host, { all: true }).catch(() => [])
  for (const { address } of found) known.addAddress(withoutZone(address), familyOf(address))
  return (peer) => peer !== undefined && known.check(withoutZone(peer), familyOf(peer))
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '')
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
