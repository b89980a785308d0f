import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import type { NamedParameters } from '../../src/main/graph/parameters'
import type { StoredNetwork } from '../../src/shared/voxels/proposal/proposalNetwork'

/** Writes weights as the window reads them. Of the head's two logits only the difference counts. */
export async function storeNetwork(path: string, parameters: NamedParameters): Promise<void> {
  const stored: Record<string, string> = {}
  for (const [name, values] of parameters) {
    stored[name] = base64(name.startsWith('head.') ? difference(values) : values)
  }
  await writeFileAtomic(path, JSON.stringify(stored satisfies StoredNetwork) + '\n')
}

export function difference(values: Float32Array): Float32Array {
  const half = values.length / 2
  return Float32Array.from({ length: half }, (_, n) => values[half + n] - values[n])
}

function base64(values: Float32Array): string {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, n) => bytes.writeUInt16LE(toHalf(value), 2 * n))
  return bytes.toString('base64')
}

/** IEEE 754 binary16, rounded to the nearest; what is too large becomes the largest. */
function toHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0
  const size = Math.min(65504, Math.abs(value))
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  // A fraction that rounds up to the next power carries over into the exponent by itself.
  return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024))
}
