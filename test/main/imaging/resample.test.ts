import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridWithDims, gridWithSpacing } from '../../../src/main/imaging/axisWeights'
import { resampleLinear, resampleNearest } from '../../../src/main/imaging/resample'
import { spacing, voxelCount, type Grid, type Volume } from '../../../src/main/imaging/volume'
import { applyAffine, type Vec3 } from '../../../src/shared/geometry/affine'
import { python, pythonHas } from '../../peers'
import { affine, dims, labelMap, noise } from './arbitrary'

const grid: fc.Arbitrary<Grid> = fc.record({ dims, affine })

/** A volume that is a plane in space, which linear interpolation reproduces. */
function ramp({ dims, affine }: Grid): Volume<Float32Array> {
  const data = new Float32Array(voxelCount(dims))
  for (let k = 0, n = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++)
      for (let i = 0; i < dims[0]; i++) data[n++] = plane(applyAffine(affine, [i, j, k]))
  return { dims, affine, data }
}
const plane = ([x, y, z]: Vec3): number => 2 * x - y + 0.5 * z

describe('grids over the same extent', () => {
  it('share their outer corners', () => {
    fc.assert(
      fc.property(grid, dims, (source, wanted) => {
        const target = gridWithDims(source, wanted)
        const corner = (g: Grid, end: number): Vec3 => {
          const at = (axis: 0 | 1 | 2): number => (end ? g.dims[axis] - 0.5 : -0.5)
          return applyAffine(g.affine, [at(0), at(1), at(2)])
        }
        for (const end of [0, 1]) {
          corner(target, end).forEach((mm, axis) => expect(mm).toBeCloseTo(corner(source, end)[axis], 6))
        }
      }),
    )
  })

  it('come as near to a spacing as whole voxels allow', () => {
    const ct: Grid = { dims: [512, 512, 79], affine: [[-1.074, 0, 0, 0], [0, -1.074, 0, 0], [0, 0, 3, 0]] } // prettier-ignore
    const target = gridWithSpacing(ct, [2.5, 1.5, 1.5])
    expect(target.dims).toEqual([220, 367, 158])
    expect(spacing(target)[2]).toBeCloseTo(1.5, 6)
  })
})

describe('resampleLinear', () => {
  it('reproduces a plane in space inside the outermost voxel centres', () => {
    fc.assert(
      fc.property(grid, dims, (source, wanted) => {
        const result = resampleLinear(ramp(source), gridWithDims(source, wanted))
        const scale = wanted.map((n, axis) => source.dims[axis] / n)
        for (let k = 0, n = 0; k < wanted[2]; k++)
          for (let j = 0; j < wanted[1]; j++)
            for (let i = 0; i < wanted[0]; i++, n++) {
              const at = [i, j, k].map((t, axis) => (t + 0.5) * scale[axis] - 0.5)
              if (at.some((s, axis) => s < 0 || s > source.dims[axis] - 1)) continue
              const truth = plane(applyAffine(result.affine, [i, j, k]))
              expect(Math.abs(result.data[n] - truth)).toBeLessThan(1e-2)
            }
      }),
    )
  })

  it('refuses a grid whose axes run another way', () => {
    const source: Volume = { dims: [2, 2, 2], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: new Float32Array(8) } // prettier-ignore
    const flipped: Grid = { dims: [2, 2, 2], affine: [[-1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]] } // prettier-ignore
    expect(() => resampleLinear(source, flipped)).toThrow(RangeError)
  })

  it.skipIf(!pythonHas('torch'))("equals PyTorch's trilinear interpolate for any ratio", () => {
    const cases = fc.sample(fc.record({ dims, wanted: dims, seed: fc.nat() }), { numRuns: 40, seed: 2 })
    const answers = JSON.parse(
      python(
        `import sys,json,torch,torch.nn.functional as F
out=[]
for c in json.loads(sys.argv[1]):
  x=torch.tensor(c['data']).reshape(1,1,*c['dims'][::-1])
  out.append(F.interpolate(x,size=tuple(c['wanted'][::-1]),mode='trilinear',align_corners=False).ravel().tolist())
print(json.dumps(out))`,
        JSON.stringify(cases.map((c) => ({ ...c, data: [...noise(voxelCount(c.dims), c.seed)] }))),
      ),
    ) as number[][]
    cases.forEach(({ dims, wanted, seed }, n) => {
      const source: Volume = { dims, affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: noise(voxelCount(dims), seed) } // prettier-ignore
      const { data } = resampleLinear(source, gridWithDims(source, wanted))
      expect(Math.max(...answers[n].map((v, at) => Math.abs(v - data[at])))).toBeLessThan(1e-5)
    })
  })

  it.skipIf(!pythonHas('torch'))("with antialias equals PyTorch's antialiased interpolate in the plane", () => {
    const source: Volume = { dims: [37, 29, 1], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: noise(37 * 29, 7) } // prettier-ignore
    const answer = JSON.parse(
      python(
        `import sys,json,torch,torch.nn.functional as F
x=torch.tensor(json.loads(sys.argv[1])).reshape(1,1,29,37)
print(json.dumps(F.interpolate(x,size=(11,9),mode='bilinear',align_corners=False,antialias=True).ravel().tolist()))`,
        JSON.stringify([...source.data]),
      ),
    ) as number[]
    const { data } = resampleLinear(source, gridWithDims(source, [9, 11, 1]), { antialias: true })
    expect(Math.max(...answer.map((v, at) => Math.abs(v - data[at])))).toBeLessThan(1e-4)
  })
})

describe('resampleNearest', () => {
  it('is the identity on the same grid and undone by a multiple', () => {
    fc.assert(
      fc.property(labelMap, fc.integer({ min: 1, max: 4 }), (labels, factor) => {
        const [x, y, z] = labels.dims
        const finer = gridWithDims(labels, [x * factor, y * factor, z * factor])
        expect(resampleNearest(resampleNearest(labels, finer), labels).data).toEqual(labels.data)
      }),
    )
  })

  it('leaves background beyond the label map', () => {
    const labels = { dims: [1, 1, 1] as const, affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] as const, data: Uint8Array.of(3) } // prettier-ignore
    const wider: Grid = { dims: [3, 1, 1], affine: [[1, 0, 0, -1], [0, 1, 0, 0], [0, 0, 1, 0]] } // prettier-ignore
    expect([...resampleNearest(labels, wider).data]).toEqual([0, 3, 0])
  })
})
