import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisMapOfCodes, orientationOf } from '../../../src/shared/geometry/orientation'
import type { Affine } from '../../../src/shared/geometry/affine'
import { python, pythonHas } from '../../peers'
import { affine } from '../../main/imaging/arbitrary'

describe('orientation', () => {
  it('names each patient axis once', () => {
    fc.assert(
      fc.property(affine, (a) => {
        expect(() => axisMapOfCodes(orientationOf(a))).not.toThrow()
      }),
    )
  })

  it.each(['RA', 'RAR', 'RAX', 'ras', ''])("does not take '%s' for an orientation", (codes) => {
    expect(() => axisMapOfCodes(codes)).toThrow(RangeError)
  })

  it.skipIf(!pythonHas('nibabel'))("is nibabel's where the axes lie near the patient's", () => {
    const near = fc.sample(affine, { numRuns: 200, seed: 3 }).filter((a) => mostlyAlong(a))
    const answers = JSON.parse(
      python(
        `import sys,json,nibabel as nib,numpy as np
print(json.dumps([''.join(nib.aff2axcodes(np.vstack([a,[0,0,0,1]]))) for a in json.loads(sys.argv[1])]))`,
        JSON.stringify(near),
      ),
    ) as string[]
    expect(near.length).toBeGreaterThan(50)
    expect(near.map(orientationOf)).toEqual(answers)
  })
})

/** Every voxel axis within 45 degrees of a patient axis, where no two conventions differ. */
function mostlyAlong(a: Affine): boolean {
  return ([0, 1, 2] as const).every((axis) => {
    const column = [a[0][axis], a[1][axis], a[2][axis]]
    return Math.max(...column.map(Math.abs)) / Math.hypot(...column) > Math.SQRT1_2 + 0.01
  })
}
