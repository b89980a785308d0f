import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LabelObject } from '../../../../src/main/imaging/dicom/labelObject'
import { readLabels } from '../../../../src/main/imaging/import/labelMap'
import { loadLabelObject } from '../../../../src/main/imaging/import/labels'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { voxelVolume, type Grid } from '../../../../src/main/imaging/volume'
import { affineOf, type Vec3 } from '../../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../../src/shared/labels/builtin'
import { structureNamed } from '../../../../src/shared/labels/schema'
import { unwatched } from '../../../../src/shared/progress'
import { encodeSegmentation } from '../../../../src/main/imaging/dicom/seg'
import { labelsOnSlices } from '../../../../src/main/imaging/dicom/sourceSlices'
import { cross, dot, flipLps, times } from '../../../../src/main/imaging/dicom/vector'
import { dataPath } from '../../../data'
import { python, pythonHas } from '../../../peers'

const schema = schemaNamed('flare23')
const folder = mkdtempSync(join(tmpdir(), 'emend-labels-'))
afterAll(() => rmSync(folder, { recursive: true }))
const peer = pythonHas('pydicom', 'numpy')

interface PeerFrame {
  readonly segment: number
  readonly position: [number, number, number]
  readonly count: number
  readonly hash: string
}

interface PeerSeg {
  readonly rows: number
  readonly columns: number
  readonly orientation: [number, number, number, number, number, number]
  readonly spacing: [number, number]
  readonly frames: readonly PeerFrame[]
}

/** Every segment on every slice as pydicom reads it; a fractional pixel is in from half of the maximum up. */
function pydicomReads(path: string): PeerSeg {
  const script = `
import sys, json, hashlib, numpy as np, pydicom
d = pydicom.dcmread(sys.argv[1])
shared = d.SharedFunctionalGroupsSequence[0]
groups = d.PerFrameFunctionalGroupsSequence
def macro(g, name): return getattr(g if name in g else shared, name)[0]
frames = []
for a, g in zip(d.pixel_array.reshape(-1, d.Rows, d.Columns), groups):
    place = [float(v) for v in macro(g, 'PlanePositionSequence').ImagePositionPatient]
    if d.SegmentationType == 'LABELMAP':
        masks = [(int(s.SegmentNumber), a == s.SegmentNumber) for s in d.SegmentSequence if s.SegmentNumber != 0]
    else:
        limit = d.MaximumFractionalValue / 2 if d.SegmentationType == 'FRACTIONAL' else 1
        masks = [(int(macro(g, 'SegmentIdentificationSequence').ReferencedSegmentNumber), a >= limit)]
    for n, m in masks:
        frames.append({'segment': n, 'position': place, 'count': int(m.sum()), 'hash': hashlib.sha1(m.astype(np.uint8).tobytes()).hexdigest()})
print(json.dumps({'rows': d.Rows, 'columns': d.Columns, 'frames': frames,
  'orientation': [float(v) for v in macro(groups[0], 'PlaneOrientationSequence').ImageOrientationPatient],
  'spacing': [float(v) for v in macro(groups[0], 'PixelMeasuresSequence').PixelSpacing]}))`
  return JSON.parse(python(script, path)) as PeerSeg
}

/** A grid with one slice for each place that the frames lie at, and the places. */
function gridOf({ rows, columns, orientation: o, spacing, frames }: PeerSeg): { grid: Grid; heights: number[] } {
  const [x, y]: Vec3[] = [[o[0], o[1], o[2]], [o[3], o[4], o[5]]] // prettier-ignore
  const normal = cross(x, y)
  const first = [...frames].sort((a, b) => dot(a.position, normal) - dot(b.position, normal))[0]
  const heights = [...new Set(frames.map(({ position }) => Number(dot(position, normal).toFixed(4))))].sort(
    (a, b) => a - b,
  )
  const step = heights.length > 1 ? Math.min(...heights.slice(1).map((h, n) => h - heights[n])) : 1
  const count = Math.round((heights[heights.length - 1] - heights[0]) / step) + 1
  return {
    grid: {
      dims: [columns, rows, count],
      affine: affineOf(
        flipLps(times(x, spacing[1])),
        flipLps(times(y, spacing[0])),
        flipLps(times(normal, step)),
        flipLps(first.position),
      ),
    },
    heights: heights.map((height) => Math.round((height - heights[0]) / step)),
  }
}

/** Each segment on each slice where it has a voxel, as `hash` by 'segment@slice'. */
async function ourReading(object: LabelObject, grid: Grid): Promise<Record<string, string>> {
  const [nx, ny, nz] = grid.dims
  const found: Record<string, string> = {}
  for (const { number } of object.regions) {
    const { labels, outside } = await object.paint(grid, undefined, new Map([[number, 1]]))
    expect(outside).toBe(0)
    for (let k = 0; k < nz; k++) {
      const slice = labels.data.subarray(k * nx * ny, (k + 1) * nx * ny)
      if (slice.includes(1)) found[`${number}@${k}`] = createHash('sha1').update(slice).digest('hex')
    }
  }
  return found
}

function theirReading(
  { frames, orientation: o }: PeerSeg,
  { grid, heights }: ReturnType<typeof gridOf>,
): Record<string, string> {
  // prettier-ignore
  const normal = cross([o[0], o[1], o[2]], [o[3], o[4], o[5]])
  const lowest = Math.min(...frames.map(({ position }) => dot(position, normal)))
  const step = Math.hypot(...[0, 1, 2].map((axis) => grid.affine[axis][2]))
  const slices = frames.filter(({ count }) => count > 0).map(({ segment, position, hash }) => {
    const k = Math.round((dot(position, normal) - lowest) / step)
    expect(heights).toContain(k)
    return [`${segment}@${k}`, hash]
  }) // prettier-ignore
  return Object.fromEntries(slices) as Record<string, string>
}

const samples = [
  ['dcmqi-ct-3-slices-seg', 'seg', 'liver.dcm'],
  ['dcmqi-ct-3-slices-seg', 'seg', 'partial_overlaps.dcm'],
  ['dcmqi-ct-3-slices-seg', 'seg', 'sparse-labelmap-noppv.dcm'],
  ['dcmqi-ct-3-slices-seg', 'seg', 'sparse-labelmap-ppv5.dcm'],
  ['highdicom-seg', 'seg_image_ct_binary.dcm'],
  ['highdicom-seg', 'seg_image_ct_binary_fractional.dcm'],
  ['highdicom-seg', 'seg_image_ct_true_fractional.dcm'],
  ['highdicom-seg', 'seg_image_ct_binary_overlap.dcm'],
  ['highdicom-seg', 'seg_image_ct_binary_single_frame.dcm'],
  ['transfer-syntaxes', 'pydicom', 'liver.dcm'],
  ['transfer-syntaxes', 'pydicom', 'liver_nonbyte_aligned.dcm'],
]
const present = samples.every((parts) => dataPath('awkward', ...parts))

describe.skipIf(!present || !peer)('DICOM SEG as pydicom reads it', () => {
  it.each(samples.map((parts) => [parts.join('/')]))('%s', async (path) => {
    const file = dataPath('awkward', ...path.split('/')) ?? ''
    const theirs = pydicomReads(file)
    const place = gridOf(theirs)
    const due = theirReading(theirs, place)
    expect(Object.keys(due).length).toBeGreaterThan(0)
    expect(await ourReading(await loadLabelObject(file), place.grid)).toEqual(due)
  })

  it.each(['expb', 'deflate', 'rle', 'j2k', 'nonbyte_aligned_deflate', 'nonbyte_aligned_rle', 'nonbyte_aligned_j2k'])(
    'liver_%s holds the same voxels as the file that is not compressed',
    async (name) => {
      const folder = join(dataPath('awkward', 'transfer-syntaxes', 'pydicom') ?? '')
      const plain = name.startsWith('nonbyte') ? 'liver_nonbyte_aligned.dcm' : 'liver.dcm'
      const { grid } = gridOf(pydicomReads(join(folder, plain)))
      const due = await ourReading(await loadLabelObject(join(folder, plain)), grid)
      expect(await ourReading(await loadLabelObject(join(folder, `liver_${name}.dcm`)), grid)).toEqual(due)
    },
  )

  it('lies on a grid that runs the other way, and on a finer one', async () => {
    const file = dataPath('awkward', 'dcmqi-ct-3-slices-seg', 'seg', 'liver.dcm') ?? ''
    const { grid } = gridOf(pydicomReads(file))
    const object = await loadLabelObject(file)
    const ids = new Map([[1, 1]])
    const count = (data: Uint8Array): number => data.reduce((sum, id) => sum + id, 0)
    const [nx, ny, nz] = grid.dims
    const straight = await object.paint(grid, undefined, ids)
    const [a, b, c] = grid.affine
    const backwards: Grid = {
      dims: [ny, nx, nz],
      affine: [
        [a[1], -a[0], -a[2], a[3] + (nx - 1) * a[0] + (nz - 1) * a[2]],
        [b[1], -b[0], -b[2], b[3] + (nx - 1) * b[0] + (nz - 1) * b[2]],
        [c[1], -c[0], -c[2], c[3] + (nx - 1) * c[0] + (nz - 1) * c[2]],
      ],
    }
    const turned = await object.paint(backwards, undefined, ids)
    expect(count(turned.labels.data)).toBe(count(straight.labels.data))
    for (const [i, j, k] of [
      [200, 200, 1],
      [100, 250, 0],
      [180, 190, 2],
    ]) {
      expect(turned.labels.data[j + ny * (nx - 1 - i + nx * (nz - 1 - k))]).toBe(straight.labels.data[i + nx * (j + ny * k)]) // prettier-ignore
    }
    const half = (row: Grid['affine'][0]): Grid['affine'][0] => [row[0] / 2, row[1] / 2, row[2], row[3] - row[0] / 4 - row[1] / 4] // prettier-ignore
    const fine: Grid = { dims: [2 * nx, 2 * ny, nz], affine: [half(a), half(b), half(c)] }
    expect(count((await object.paint(fine, undefined, ids)).labels.data)).toBe(4 * count(straight.labels.data))
  })
})

const dcmqi = dataPath('awkward', 'dcmqi-ct-3-slices-seg')

describe.skipIf(!dcmqi)('labels that come with their series', () => {
  it('are given to the series, and matched by code to the structures of a schema', async () => {
    const { volumes, skipped } = await readImages([dcmqi ?? ''])
    const [{ volume, dicom, labels = [] }, ...others] = volumes.filter(({ dicom }) => dicom)
    expect(others).toEqual([])
    expect(labels.map(({ name }) => basename(name)).sort()).toEqual(['liver.dcm', 'partial_overlaps.dcm'])
    expect(skipped.map(({ reason }) => reason)).toContain('a segmentation (SEG) of a series that is not here')
    const read = await readLabels(labels, volume, dicom, schema)
    expect(read.structures).toEqual(['liver'])
    expect(read.unmatched).toEqual(['GREEN', 'ORANGE', 'PURPLE', 'LIGHT_BLUE', 'DARK_BLUE'])
    const drawn = new Set(read.labels.data)
    expect([...drawn].sort()).toEqual([0, 1])
  })

  it("are matched by the user's own names, lesions over organs", async () => {
    const { volumes } = await readImages([dcmqi ?? ''])
    const [{ volume, dicom, labels = [] }] = volumes.filter(({ dicom }) => dicom)
    const table = {
      spleen: { codes: [], names: ['green'] },
      lesion: { codes: ['SCT:51114001'], names: [] },
      '-': { codes: [], names: ['PURPLE'] },
    }
    const read = await readLabels(labels, volume, dicom, schema, table)
    expect(new Set(read.structures)).toEqual(new Set(['liver', 'spleen', 'lesion']))
    expect(read.warnings.join()).toMatch(/voxels belong to several structures/)
    const overlaps = labels.find(({ name }) => name.includes('overlaps'))
    const orange = await overlaps?.paint(volume, dicom, new Map([[2, 14]]))
    const lesion = (data: Uint8Array): number => data.filter((id) => id === 14).length
    expect(lesion(read.labels.data)).toBe(lesion(orange?.labels.data ?? new Uint8Array(0)))
  })
})

const acrin = dataPath('awkward', 'acrin-nsclc-042-jpegls-with-seg.zip')
it.skipIf(!acrin)('labels that cover a part of their series lie on that part', async () => {
  const { volumes } = await readImages([acrin ?? ''])
  const [{ volume, dicom, labels = [] }] = volumes
  expect(labels.map(({ kind, regions }) => [kind, regions.length])).toEqual([['SEG', 2]])
  const touched = new Set<number>()
  const [nx, ny] = volume.dims
  let frames = 0
  for (const { number } of labels[0].regions) {
    const { labels: painted, outside } = await labels[0].paint(volume, dicom, new Map([[number, 1]]))
    expect(outside).toBe(0)
    for (let k = 0; k < volume.dims[2]; k++) {
      if (!painted.data.subarray(k * nx * ny, (k + 1) * nx * ny).includes(1)) continue
      touched.add(k)
      frames++
    }
  }
  expect([frames, touched.size]).toEqual([58, 40])
})

const contours = dataPath('abdomen', 'pancreas-ct-cb-001.zip')
it.skipIf(!contours)('contours that come with their series are filled on its slices', async () => {
  const { volumes, skipped } = await readImages([contours ?? ''])
  expect(skipped).toEqual([])
  const [{ volume, dicom, labels = [] }] = volumes
  const table = { stomach: { codes: [], names: ['Stomach_duo_planCT'] } }
  const read = await readLabels(labels, volume, dicom, schema, table)
  expect(read.structures).toEqual(['stomach'])
  expect(read.unmatched).toEqual(['Bowel_sm_planCT', 'LUNG_L', 'LUNG_R', 'ROI'])
  const ml = (read.labels.data.filter((id) => id > 0).length * voxelVolume(volume)) / 1000
  expect(Math.abs(ml / 273.86 - 1)).toBeLessThan(0.002)
})

const tilted = dataPath('awkward', 'ge-head-tilt-varying-spacing.zip')
describe.skipIf(!tilted)('a SEG of uneven, tilted slices', () => {
  it.each([false, true])('comes back to the slices that it was written for; straight: %s', async (straighten) => {
    const [{ volume, dicom }] = (await readImages([tilted ?? ''], unwatched, { straighten })).volumes
    if (!dicom) throw new Error('no DICOM source')
    const data = Uint8Array.from(volume.data, (hu) => (hu > 200 ? 1 : 0))
    const liver = structureNamed(schema, 'liver')
    const segment = { ...liver, label: liver.title, algorithmType: 'MANUAL' } as const
    const path = join(folder, `tilted-${straighten}.dcm`)
    writeFileSync(path, encodeSegmentation(dicom, { ...volume, data }, [segment]))
    const object = await loadLabelObject(path)
    const { labels, outside } = await object.paint(volume, dicom, new Map([[1, 1]]))
    expect(outside).toBe(0)
    const [written, read] = [data, labels.data].map((voxels) => labelsOnSlices(dicom, { ...volume, data: voxels }))
    const all = (slices: typeof written): Buffer => Buffer.concat(slices.map(({ labels: slice }) => slice))
    const again = all(read)
    let [both, sum] = [0, 0]
    all(written).forEach((id, n) => {
      both += id & again[n]
      sum += id + again[n]
    })
    expect((2 * both) / sum).toBeGreaterThan(0.97)
  })
})
