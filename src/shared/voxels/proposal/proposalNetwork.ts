import json from '../../../../resources/proposal-network.json'
import type { NetworkWeights } from './windowNetwork'

/** As `bench/clicks/train.ts` writes it: half-precision numbers, little-endian, as base64. */
export type StoredNetwork = Readonly<Record<string, string>>

/** @throws TypeError where a weight is no base64 */
export function proposalNetworkFrom(stored: StoredNetwork): NetworkWeights {
  return new Map(Object.entries(stored).map(([name, text]) => [name, halves(text)]))
}

function halves(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  return Float32Array.from({ length: bytes.length / 2 }, (_, n) => fromHalf(bytes[2 * n] | (bytes[2 * n + 1] << 8)))
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The network that ships with Emend; `bench/clicks/train.ts` trains it. */
export const proposalNetwork = (): NetworkWeights => proposalNetworkFrom(json)
