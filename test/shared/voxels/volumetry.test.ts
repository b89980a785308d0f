import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeNifti } from '../../../src/main/imaging/nifti'
import type { Affine } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'
import { measureLabels } from '../../../src/shared/voxels/volumetry'
import { python, pythonHas } from '../../peers'

const folder = mkdtempSync(join(tmpdir(), 'emend-volumetry-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dims = [19, 13, 11] as const
const straight: Affine = [
  [0.7, 0, 0, -50],
  [0, 0.8, 0, 20],
  [0, 0, 2.5, 7],
]
const oblique: Affine = [
  [0.6, 0.3, 0.4, -50],
  [-0.35, 0.7, 0.2, 20],
  [0.1, -0.3, 2.4, 7],
]
const random = seededRandom(3)
const image = Int16Array.from({ length: 19 * 13 * 11 }, () => random.int(3000) - 1024)
const labels = Uint8Array.from({ length: 19 * 13 * 11 }, (_, n) => (random.next() < 0.1 ? 1 + (n % 3) : 0))

describe('measureLabels', () => {
  it('measures a box of known size', () => {
    const data = new Uint8Array(19 * 13 * 11)
    for (let k = 2; k < 5; k++) for (let j = 3; j < 10; j++) data.fill(4, 19 * (j + 13 * k) + 1, 19 * (j + 13 * k) + 6)
    const measured = measureLabels(data, undefined, { dims, affine: straight })
    expect([...measured.keys()]).toEqual([4])
    const { voxels, volumeMl, mean, sd, extentMm } = measured.get(4) ?? { voxels: 0 }
    expect(voxels).toBe(105)
    expect(volumeMl).toBeCloseTo((105 * 0.7 * 0.8 * 2.5) / 1000, 12)
    expect([mean, sd]).toEqual([null, null])
    expect(extentMm?.map((mm) => mm.toFixed(6))).toEqual(['3.500000', '5.600000', '7.500000'])
  })

  it.skipIf(!pythonHas('nibabel', 'numpy')).each([
    ['straight', straight],
    ['oblique', oblique],
  ])('agrees with NumPy and nibabel on a %s grid', (name, affine) => {
    const [imagePath, labelPath] = ['image', 'labels'].map((part) => join(folder, `${name}-${part}.nii`))
    writeFileSync(imagePath, encodeNifti({ dims, affine, data: image }))
    writeFileSync(labelPath, encodeNifti({ dims, affine, data: labels }))
    const theirs = JSON.parse(
      python(
        `import sys,json,numpy as np,nibabel as nib
i,l=nib.load(sys.argv[1]),nib.load(sys.argv[2]); v=np.asarray(i.dataobj); m=np.asarray(l.dataobj); a=l.affine
half=np.array([[x,y,z] for x in(-.5,.5) for y in(-.5,.5) for z in(-.5,.5)]); out={}
for n in (1,2,3):
  at=np.argwhere(m==n); c=nib.affines.apply_affine(a,(at[:,None,:]+half[None]).reshape(-1,3))
  out[n]=[len(at),len(at)*abs(np.linalg.det(a[:3,:3]))/1000,float(v[m==n].mean()),float(v[m==n].std()),*(c.max(0)-c.min(0)).tolist()]
print(json.dumps(out))`,
        imagePath,
        labelPath,
      ),
    ) as Record<string, number[]>
    const ours = measureLabels(labels, image, { dims, affine })
    for (const [id, [voxels, ml, mean, sd, ...extent]] of Object.entries(theirs)) {
      const measured = ours.get(Number(id))
      if (!measured?.extentMm) throw new Error('not measured')
      expect(measured.voxels).toBe(voxels)
      expect(measured.volumeMl / ml).toBeCloseTo(1, 5)
      expect(measured.mean).toBeCloseTo(mean, 6)
      expect(measured.sd).toBeCloseTo(sd, 6)
      measured.extentMm.forEach((mm, axis) => expect(mm).toBeCloseTo(extent[axis], 3))
    }
  })
})
