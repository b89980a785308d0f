import { strFromU8, unzipSync } from 'fflate'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reorient } from '../../../../src/main/imaging/canonical'
import { enclosedVolume, labelSurface } from '../../../../src/main/imaging/mesh/labelSurface'
import { encodeMeshes, encodeOneMesh } from '../../../../src/main/imaging/mesh/meshFiles'
import { voxelVolume } from '../../../../src/main/imaging/volume'
import { EmendError } from '../../../../src/shared/errors'
import type { TriangleSurface } from '../../../../src/shared/voxels/surfaceNets'
import { dataPath } from '../../../data'
import { loadLabelMap } from '../../../../src/main/imaging/labelFile'
import { python, pythonHas } from '../../../peers'
import { sampleLabelled } from '../labelledSample'

const folder = mkdtempSync(join(tmpdir(), 'emend-mesh-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** How many triangles each edge belongs to, by that number. */
function edgeUses({ triangles }: TriangleSurface): Set<number> {
  const uses = new Map<string, number>()
  for (let t = 0; t < triangles.length; t += 3) {
    for (let e = 0; e < 3; e++) {
      const ends = [triangles[t + e], triangles[t + ((e + 1) % 3)]].sort((a, b) => a - b).join(' ')
      uses.set(ends, (uses.get(ends) ?? 0) + 1)
    }
  }
  return new Set(uses.values())
}

describe('the surface of a structure', () => {
  const { labels } = sampleLabelled()

  it.each([
    ['liver', 1],
    ['spleen', 3],
  ])('of the %s is watertight, faces outwards, and encloses the volume of its voxels to 3 %%', (_, id) => {
    const voxels = labels.data.reduce((sum, label) => sum + (label === id ? 1 : 0), 0)
    for (const grid of [labels, reorient(labels, 'RAS'), reorient(labels, 'SAL')]) {
      const surface = labelSurface(grid, id)
      expect(edgeUses(surface)).toEqual(new Set([2]))
      expect(Math.abs(enclosedVolume(surface) / (voxels * voxelVolume(labels)) - 1)).toBeLessThan(0.03)
    }
  })

  const example = dataPath('abdomen', 'totalsegmentator-example', 'example_ct_sm_labels117.nii.gz')
  it.skipIf(!example)(
    'is watertight and as large as its voxels for real organs, vessels and bones',
    async () => {
      const real = await loadLabelMap(example ?? '')
      const counts = new Uint32Array(256)
      for (const id of real.data) counts[id]++
      const ids = [...counts.keys()].filter((id) => id > 0 && counts[id] > 50)
      expect(ids.length).toBeGreaterThan(30)
      for (const id of ids) {
        const surface = labelSurface(real, id)
        expect([id, ...edgeUses(surface)]).toEqual([id, 2])
        expect(Math.abs(enclosedVolume(surface) / (counts[id] * voxelVolume(real)) - 1)).toBeLessThan(0.03)
      }
    },
    60_000,
  )

  it('lies in LPS millimetres', () => {
    const { points } = labelSurface(labels, 1)
    const middle = [0, 1, 2].map((axis) => {
      const along = points.filter((_, n) => n % 3 === axis)
      return (Math.min(...along) + Math.max(...along)) / 2
    })
    // The ball's centre is 13, 15, 20 mm along voxel axes L, P and S from (-30, -20, -10) LPS.
    expect(middle.map(Math.round)).toEqual([-17, -5, 10])
  })
})

describe('meshes as files', () => {
  it('are one a structure with voxels, with an index', () => {
    const files = unzipSync(encodeMeshes(sampleLabelled(), 'stl'))
    expect(Object.keys(files).sort()).toEqual(['liver.stl', 'meshes.json', 'spleen.stl'])
    const index = JSON.parse(strFromU8(files['meshes.json']))
    expect(index).toMatchObject({ space: 'LPS', unit: 'mm', note: 'Not for clinical use' })
    expect(index.meshes.map(({ file, title }: { file: string; title: string }) => [file, title])).toEqual([
      ['liver.stl', 'Liver'],
      ['spleen.stl', 'Spleen'],
    ])
    expect(strFromU8(files['liver.stl'].subarray(0, 9))).toBe('SPACE=LPS')
  })

  it('are refused as one file where several structures have voxels, and where none has', () => {
    const sample = sampleLabelled()
    expect(() => encodeOneMesh(sample, 'stl')).toThrow(/holds one structure, and 2 have voxels/)
    const empty = { ...sample, labels: { ...sample.labels, data: new Uint8Array(sample.labels.data.length) } }
    expect(() => encodeMeshes(empty, 'obj')).toThrow(EmendError)
  })

  it('hold the surface: points, triangles and colours where their formats have them', () => {
    const sample = sampleLabelled()
    const liver = { ...sample, structures: sample.structures.slice(0, 1) }
    const { points, triangles } = labelSurface(sample.labels, 1)
    const corner = (n: number): number[] => [...points.subarray(3 * triangles[n], 3 * triangles[n] + 3)]

    const stl = new DataView(encodeOneMesh(liver, 'stl').buffer)
    expect(stl.byteLength).toBe(84 + (50 * triangles.length) / 3)
    expect(stl.getUint32(80, true)).toBe(triangles.length / 3)
    expect([0, 1, 2].map((axis) => stl.getFloat32(84 + 50 * 7 + 12 + 4 * axis, true))).toEqual(corner(21))

    const lines = strFromU8(encodeOneMesh(liver, 'obj')).trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('v '))).toHaveLength(points.length / 3)
    expect(lines.filter((line) => line.startsWith('f '))).toHaveLength(triangles.length / 3)
    expect(lines.at(-1)).toBe(`f ${[...triangles.slice(-3)].map((point) => point + 1).join(' ')}`)

    const ply = encodeOneMesh(liver, 'ply')
    const end = strFromU8(ply.subarray(0, 600), true).indexOf('end_header\n') + 'end_header\n'.length
    expect(ply.length - end).toBe(5 * points.length + (13 * triangles.length) / 3)
    expect([...ply.subarray(end + 12, end + 15)]).toEqual([0xa5, 0x62, 0x24])
  })

  it.skipIf(!pythonHas('vtk', 'numpy'))('are read by VTK with the same points and triangles', () => {
    const sample = sampleLabelled()
    const liver = { ...sample, structures: sample.structures.slice(0, 1) }
    const { triangles } = labelSurface(sample.labels, 1)
    for (const format of ['stl', 'obj', 'ply'] as const) {
      const path = join(folder, `liver.${format}`)
      writeFileSync(path, encodeOneMesh(liver, format))
      const [polygons, volume, open] = JSON.parse(
        python(
          `import sys,json,vtk
r={'stl':vtk.vtkSTLReader,'obj':vtk.vtkOBJReader,'ply':vtk.vtkPLYReader}[sys.argv[2]](); r.SetFileName(sys.argv[1]); r.Update(); p=r.GetOutput()
m=vtk.vtkMassProperties(); m.SetInputData(p); m.Update()
e=vtk.vtkFeatureEdges(); e.SetInputData(p); e.BoundaryEdgesOn(); e.NonManifoldEdgesOn(); e.FeatureEdgesOff(); e.ManifoldEdgesOff(); e.Update()
print(json.dumps([p.GetNumberOfPolys(),m.GetVolume(),e.GetOutput().GetNumberOfCells()]))`,
          path,
          format,
        ),
      ) as number[]
      expect(polygons).toBe(triangles.length / 3)
      expect(volume / enclosedVolume(labelSurface(sample.labels, 1))).toBeCloseTo(1, 3)
      expect(open).toBe(0)
    }
  })
})
