import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
let last = 0

/**
 * A new identifier, unique across processes, that sorts by the time it was made: nine base-32 digits of milliseconds
 * and eight random ones. Safe as a file name everywhere.
 */
export function newId(): string {
  // Within a process no two ids share a millisecond, so that their order is the order of the calls.
  last = Math.max(Date.now(), last + 1)
  const time = Array.from({ length: 9 }, (_, digit) => ALPHABET[Math.floor(last / 32 ** (8 - digit)) % 32])
  const random = Array.from(randomBytes(8), (byte) => ALPHABET[byte % 32])
  return time.join('') + random.join('')
}
