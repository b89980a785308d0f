import { describe, expect, it } from 'vitest'
import { addressesOf } from '../../../src/main/pacs/peerAddresses'

describe('the addresses of a host', () => {
  it('are known as sockets have them, also mapped into IPv6', async () => {
    const isArchive = await addressesOf('192.0.2.7')
    expect(['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207'].map(isArchive)).toEqual([true, true, true])
    expect(['192.0.2.70', '::ffff:192.0.2.8', '127.0.0.1', undefined].map(isArchive)).toEqual(Array(4).fill(false))
  })

  it('are known in every notation of IPv6, and with their zone', async () => {
    const isArchive = await addressesOf('2001:db8::1')
    expect(['2001:DB8:0:0:0:0:0:1', '2001:db8::1%eth0'].map(isArchive)).toEqual([true, true])
    expect(isArchive('2001:db8::2')).toBe(false)
  })

  it('are none where the host cannot be resolved', async () => {
    const isArchive = await addressesOf('pacs.invalid')
    expect(isArchive('127.0.0.1')).toBe(false)
  })
})
