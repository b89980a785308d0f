import fc from 'fast-check'
import { unzipSync } from 'fflate'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseContours, rasterise } from '../../../../src/main/imaging/dicom/rtstruct'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { voxelVolume, type Grid } from '../../../../src/main/imaging/volume'
import { EmendError } from '../../../../src/shared/errors'
import { dataPath } from '../../../data'
import { python, pythonHas } from '../../../peers'

/** Voxel (i, j, k) at LPS mm (i, j, k), so that polygons can be written in voxels. */
const grid: Grid = { dims: [12, 10, 3], affine: [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0]] } // prettier-ignore

function polygon(points: readonly (readonly [number, number])[], z = 1): Float64Array {
  return Float64Array.from(points.flatMap(([x, y]) => [x, y, z]))
}

const box = (low: number, high: number): Float64Array => polygon([[low, low], [high, low], [high, high], [low, high]]) // prettier-ignore
const filled = (data: Uint8Array): number => data.reduce((sum, v) => sum + v, 0)

describe('rasterise', () => {
  it('fills the voxels whose centres are inside, on the slice of the contour only', () => {
    const { data } = rasterise({ name: 'box', polygons: [box(1.5, 5.5)] }, grid)
    expect(filled(data)).toBe(16)
    expect(filled(data.subarray(120, 240))).toBe(16)
    expect(data[120 + 12 * 2 + 2]).toBe(1)
  })

  it('takes a polygon within another for a hole', () => {
    const { data } = rasterise({ name: 'ring', polygons: [box(0.5, 8.5), box(2.5, 5.5)] }, grid)
    expect(filled(data)).toBe(64 - 9)
  })

  it('equals the even-odd rule at every voxel', () => {
    const point = fc.tuple(fc.double({ min: -3, max: 14, noNaN: true }), fc.double({ min: -3, max: 12, noNaN: true }))
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 9 }), (points) => {
        const { data } = rasterise({ name: 'any', polygons: [polygon(points)] }, grid)
        for (let j = 0; j < 10; j++)
          for (let i = 0; i < 12; i++) {
            let inside = false
            let doubtful = false
            points.forEach(([x0, y0], n) => {
              const [x1, y1] = points[(n + 1) % points.length]
              if (y0 > j === y1 > j) return
              const x = x0 + ((j - y0) / (y1 - y0)) * (x1 - x0)
              if (Math.abs(x - i) < 1e-6) doubtful = true
              if (x > i) inside = !inside
            })
            if (!doubtful && !points.some(([, y]) => y === j)) expect(data[120 + 12 * j + i]).toBe(inside ? 1 : 0)
          }
      }),
    )
  })

  it('leaves out what lies beyond the grid and refuses slanted contours', () => {
    const beyond = polygon([[1, 1], [5, 1], [5, 5]], 40) // prettier-ignore
    expect(filled(rasterise({ name: 'beyond', polygons: [beyond] }, grid).data)).toBe(0)
    const slanted = Float64Array.of(1, 1, 0, 5, 1, 1, 5, 5, 2)
    expect(() => rasterise({ name: 'slanted', polygons: [slanted] }, grid)).toThrow(EmendError)
  })
})

const archive = dataPath('abdomen', 'pancreas-ct-cb-001.zip')
const folder = mkdtempSync(join(tmpdir(), 'emend-rtstruct-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!archive)('the contours of pancreas-ct-cb-001', () => {
  const entry = 'rtstruct/RS_planCT.dcm'
  const file = archive
    ? unzipSync(readFileSync(archive), { filter: ({ name }) => name === entry })[entry]
    : new Uint8Array(0)

  it('are named and fill the volume that their polygons enclose', async () => {
    const contours = parseContours(file, 'rs.dcm')
    expect(contours.map(({ name }) => name)).toEqual([
      'Bowel_sm_planCT',
      'LUNG_L',
      'LUNG_R',
      'ROI',
      'Stomach_duo_planCT',
    ])
    const [{ volume }] = (await readImages([archive ?? ''])).volumes
    const mask = rasterise(contours[4], volume)
    const enclosed = contours[4].polygons.reduce((sum, points) => sum + areaOf(points) * 3, 0)
    expect(enclosed / 1000).toBeCloseTo(273.86, 2)
    expect(Math.abs(filled(mask.data) * voxelVolume(volume) - enclosed) / enclosed).toBeLessThan(0.002)
  }, 60_000)

  it.skipIf(!pythonHas('skimage', 'numpy'))('fill like skimage, slice by slice', () => {
    const stomach = parseContours(file, 'rs.dcm')[4]
    const fine: Grid = { dims: [512, 512, 79], affine: [[-1.07421875, 0, 0, 275], [0, -1.07421875, 0, 178.1], [0, 0, 3, 250.91]] } // prettier-ignore
    const mask = rasterise(stomach, fine)
    const planes = stomach.polygons.map((points) => ({
      k: Math.round((points[2] - 250.91) / 3),
      rows: [...points].filter((_, n) => n % 3 === 1).map((y) => (y + 178.1) / 1.07421875),
      columns: [...points].filter((_, n) => n % 3 === 0).map((x) => (x + 275) / 1.07421875),
    }))
    const counts = JSON.parse(
      python(
        `import sys,json,numpy as np
from skimage.draw import polygon
m={}
for c in json.load(open(sys.argv[1])):
  s=m.setdefault(c['k'],np.zeros((512,512),bool)); t=np.zeros_like(s); r,q=polygon(c['rows'],c['columns'],(512,512)); t[r,q]=1; s^=t
print(json.dumps({k:int(s.sum()) for k,s in m.items()}))`,
        jsonFile(planes),
      ),
    ) as Record<string, number>
    const size = 512 * 512
    const slices = Object.entries(counts)
    expect(slices).toHaveLength(34)
    for (const [k, count] of slices) {
      // Corners lie on voxel centres here and there; which of those are in is each program's choice.
      const ours = filled(mask.data.subarray(Number(k) * size, (Number(k) + 1) * size))
      expect(Math.abs(ours - count) / count).toBeLessThan(0.05)
    }
    expect(Math.abs(filled(mask.data) / slices.reduce((sum, [, count]) => sum + count, 0) - 1)).toBeLessThan(0.002)
  })

  it('are not found in a CT slice or in text', () => {
    expect(() => parseContours(new TextEncoder().encode('hello'.repeat(99)), 'a.txt')).toThrow(
      'a.txt is no DICOM RTSTRUCT',
    )
  })
})

/** By the shoelace formula, mm2. */
function areaOf(points: Float64Array): number {
  let twice = 0
  for (let n = 0; n < points.length; n += 3) {
    const next = (n + 3) % points.length
    twice += points[n] * points[next + 1] - points[next] * points[n + 1]
  }
  return Math.abs(twice) / 2
}

function jsonFile(value: unknown): string {
  const path = join(folder, 'planes.json')
  writeFileSync(path, JSON.stringify(value))
  return path
}
