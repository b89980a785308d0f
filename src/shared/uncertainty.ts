import * as v from 'valibot'
import { packFrames, unpackFrames } from './frames'
import type { Affine, Vec3 } from './geometry/affine'

const Triple = v.strictTuple([v.number(), v.number(), v.number()])
const Row = v.strictTuple([v.number(), v.number(), v.number(), v.number()])

/** A place where a network is torn between structures. */
export interface DoubtfulSpot {
  /** The structure that it is about: the likeliest one there. */
  readonly structure: string
  /** Where the doubt is greatest, RAS mm. */
  readonly mm: Vec3
  readonly volumeMl: number
  /** Doubt summed over the spot, bits times mL; spots are ordered by it. */
  readonly sum: number
}

/** How unsure a network was of a case, at the network's own resolution. */
export interface UncertaintyMap {
  readonly dims: Vec3
  /** Voxel to RAS mm. */
  readonly affine: Affine
  /** Entropy of the class probabilities, 64ths of a bit: 64 where two structures are equally likely. i fastest. */
  readonly bits: Uint8Array
  /** The worst first. */
  readonly spots: readonly DoubtfulSpot[]
}

/** What one bit of entropy is in `UncertaintyMap.bits`. */
export const ONE_BIT = 64

const Head = v.strictObject({
  format: v.literal('emend-uncertainty/1'),
  dims: Triple,
  affine: v.strictTuple([Row, Row, Row]),
  spots: v.array(v.strictObject({ structure: v.string(), mm: Triple, volumeMl: v.number(), sum: v.number() })),
})

/** As it lies beside a label revision and comes to the window: a JSON head, then the map's bytes, each as a frame. */
export function encodeUncertainty({ dims, affine, bits, spots }: UncertaintyMap): Uint8Array<ArrayBuffer> {
  const head = JSON.stringify({ format: 'emend-uncertainty/1', dims, affine, spots })
  return packFrames([new TextEncoder().encode(head), bits])
}

/** @throws Error where the bytes are no such map. */
export function decodeUncertainty(bytes: Uint8Array): UncertaintyMap {
  const [head, bits] = unpackFrames(bytes)
  const { dims, affine, spots } = v.parse(Head, JSON.parse(new TextDecoder().decode(head)))
  if (bits.length !== dims[0] * dims[1] * dims[2]) throw new RangeError('the map of uncertainty does not fill its grid')
  return { dims, affine, bits, spots }
}
