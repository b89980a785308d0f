import { schemaNamed } from '../../../src/shared/labels/builtin'
import type { ReviewStatus } from '../../../src/shared/labels/status'
import type { Affine, Vec3 } from '../../../src/shared/geometry/affine'
import type { LabelledImage, LabelledStructure } from '../../../src/main/imaging/labelledImage'
import type { Volume } from '../../../src/main/imaging/volume'
import { noise } from './arbitrary'

/** A small CT in LPS order with a ball of liver and one of spleen; the gallbladder is verified not to be there. */

const dims: Vec3 = [40, 36, 30]
const affine: Affine = [
  [-0.9, 0, 0, 30],
  [0, -0.9, 0, 20],
  [0, 0, 1.5, -10],
]

const statuses: Readonly<Record<string, ReviewStatus>> = {
  liver: 'corrected',
  spleen: 'unreviewed',
  gallbladder: 'absent',
}

export const sampleStructures: readonly LabelledStructure[] = schemaNamed('flare23').structures.flatMap(
  ({ id, name, title, category, type, modifier, color }) => {
    if (!statuses[name]) return []
    const drawn = { id, name, label: title, category, type, modifier, color, status: statuses[name] }
    const algorithmType = statuses[name] === 'corrected' ? 'SEMIAUTOMATIC' : 'AUTOMATIC'
    return [{ ...drawn, algorithmType, algorithmName: 'flare@3' } as const]
  },
)

/** Centre and radius in mm from voxel (0, 0, 0), along the voxel axes. */
const balls: readonly { id: number; at: Vec3; radius: number }[] = [
  { id: 1, at: [13, 15, 20], radius: 9 },
  { id: 3, at: [27, 20, 26], radius: 6 },
]

export function sampleLabelled(): LabelledImage {
  const spacing: Vec3 = [0.9, 0.9, 1.5]
  const count = dims[0] * dims[1] * dims[2]
  const data = Uint8Array.from({ length: count }, (_, n) => {
    const voxel = [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])]
    const inside = balls.find(({ at, radius }) => {
      return Math.hypot(...voxel.map((v, axis) => v * spacing[axis] - at[axis])) <= radius
    })
    return inside?.id ?? 0
  })
  const image: Volume = { dims, affine, data: Int16Array.from(noise(count, 4), (v, n) => v * 60 + 40 * data[n]) }
  return {
    labels: { dims, affine, data },
    structures: sampleStructures,
    image: async () => image,
    modality: 'CT',
    title: 'CT abdomen',
    dicom: undefined,
    identified: false,
    provenance: {
      caseId: '0a1b2c3d4e5f',
      revision: 'r7',
      model: 'flare@3',
      author: 'reader',
      when: new Date('2026-01-02T03:04:05Z'),
    },
  }
}
