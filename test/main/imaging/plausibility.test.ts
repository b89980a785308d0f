import { describe, expect, it } from 'vitest'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { orientationWarnings } from '../../../src/main/imaging/plausibility'
import type { Volume } from '../../../src/main/imaging/volume'
import type { Affine } from '../../../src/shared/geometry/affine'
import { dataPath } from '../../data'

/** The same voxels, said to lie the other way round along a world axis. */
function mirrored(volume: Volume, axis: number): Volume {
  const [x, y, z] = volume.affine.map((row, n) => (n === axis ? row.map((value) => -value) : row))
  return { ...volume, affine: [x, y, z] as unknown as Affine }
}

const complaints = [/left and right/, /front and back/, /head and feet/]

const patients = ['pancreas-ct-cb-001', 'hcc-009-portal', 'hcc-007-late-phase', 'cptac-pda-c3l-00189']
const present = patients.every((name) => dataPath('abdomen', `${name}.zip`))

describe.skipIf(!present)('orientation of real abdomens', () => {
  it.each(patients)('%s is plausible as it is, and every mirrored axis of it is noticed', async (name) => {
    const { volumes } = await readImages([dataPath('abdomen', `${name}.zip`) ?? ''])
    const [{ volume, warnings }] = volumes
    expect(warnings).toEqual([])
    for (const [axis, complaint] of complaints.entries()) {
      const found = orientationWarnings(mirrored(volume, axis))
      expect(found).toEqual([expect.stringMatching(complaint)])
    }
    expect(orientationWarnings(volume, 'FFS')).toEqual([])
    expect(orientationWarnings(volume, 'HFP')).toEqual([expect.stringMatching(/table lies behind .* prone \(HFP\)/)])
  })
})

const others = [
  ['abdomen', 'totalsegmentator-example'],
  ['awkward', 'acrin-nsclc-042-jpegls-with-seg.zip'],
  ['awkward', 'ge-head-tilt-varying-spacing.zip'],
  ['awkward', 'dcmqi-ct-3-slices-seg'],
  ...['pt_112', 'pt_2', 'pt_20', 'pt_28', 'pt_35', 'pt_78'].map((name) => ['head-neck', 'images', `${name}.nii.gz`]),
]

describe('orientation of other regions', () => {
  it.skipIf(!others.every((parts) => dataPath(...parts)))(
    'raises no false alarm over a chest, heads and necks',
    async () => {
      for (const parts of others) {
        const { volumes } = await readImages([dataPath(...parts) ?? ''])
        for (const { id, warnings } of volumes) {
          expect({ id, alarms: warnings.filter((line) => line.includes('orientation')) }).toEqual({ id, alarms: [] })
        }
      }
    },
  )

  it('says nothing of noise, of one slice, of a small crop', () => {
    const dims = [64, 64, 40] as const
    const affine: Affine = [[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]] // prettier-ignore
    const data = Int16Array.from({ length: 64 * 64 * 40 }, (_, n) => ((n * 7919) % 2000) - 1000)
    expect(orientationWarnings({ dims, affine, data })).toEqual([])
    expect(orientationWarnings({ dims: [64, 64, 1], affine, data: data.subarray(0, 4096) })).toEqual([])
    expect(orientationWarnings({ dims: [4, 4, 4], affine, data: new Int16Array(64) })).toEqual([])
  })
})
