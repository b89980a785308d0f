import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reorient, toCanonical } from '../../../../src/main/imaging/canonical'
import { parseDicom } from '../../../../src/main/imaging/dicom/attributes'
import { writeDicomSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { encodeSegmentation } from '../../../../src/main/imaging/dicom/seg'
import type { Segment } from '../../../../src/main/imaging/dicom/segment'
import type { DicomSource } from '../../../../src/main/imaging/dicom/source'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { voxelCount, type LabelMap, type Volume } from '../../../../src/main/imaging/volume'
import { EmendError } from '../../../../src/shared/errors'
import { affinesAgree, type Affine } from '../../../../src/shared/geometry/affine'
import { dataPath } from '../../../data'
import { commandExists, python, pythonHas, dciodvfyErrors } from '../../../peers'
import { noise } from '../arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-seg-'))
afterAll(() => rmSync(folder, { recursive: true }))

const organ = { value: '123037004', scheme: 'SCT', meaning: 'Anatomical Structure' }
const segment = (id: number, label: string, value: string, more: Partial<Segment> = {}): Segment => ({
  id,
  label,
  category: organ,
  type: { value, scheme: 'SCT', meaning: label },
  algorithmType: 'AUTOMATIC',
  algorithmName: 'emend-default 1',
  color: '#c04030',
  ...more,
})
const segments = [
  segment(1, 'Liver', '10200004'),
  segment(7, 'Spleen', '78961009', { algorithmType: 'SEMIAUTOMATIC', color: '#4060ff' }),
  segment(3, 'Pancreas', '15776009', { algorithmType: 'MANUAL' }),
  segment(13, 'Left kidney', '64033007', { modifier: { value: '7771000', scheme: 'SCT', meaning: 'Left' } }),
]

/** Odd sizes, so that frames do not end on whole bytes; oblique, so that no axis is special. */
const affine: Affine = [
  [0.79, 0.1, 0.2, -20],
  [-0.1, 0.79, 0.1, -30],
  [-0.12, -0.08, 2.4, -100],
]
const ct: Volume<Int16Array> = { dims: [27, 19, 9], affine: orthogonal(affine), data: hu([27, 19, 9]) }

function hu(dims: readonly [number, number, number]): Int16Array {
  return Int16Array.from(noise(voxelCount(dims), 5), (v) => v * 1500 - 1000)
}

/** The same three lengths and nearly the same directions, at right angles. */
function orthogonal([a, b, c]: Affine): Affine {
  const x = [a[0], b[0], c[0]]
  const unit = (v: number[]): number[] => v.map((n) => n / Math.hypot(...v))
  const i = unit(x)
  const raw = [a[1], b[1], c[1]]
  const along = i.reduce((sum, n, axis) => sum + n * raw[axis], 0)
  const j = unit(raw.map((n, axis) => n - along * i[axis]))
  const k = [i[1] * j[2] - i[2] * j[1], i[2] * j[0] - i[0] * j[2], i[0] * j[1] - i[1] * j[0]]
  const row = (axis: number, t: number): [number, number, number, number] => [
    0.8 * i[axis],
    0.8 * j[axis],
    2.5 * k[axis],
    t,
  ]
  return [row(0, a[3]), row(1, b[3]), row(2, c[3])]
}

/** Labels 0, 1, 7 and 13 in clumps; 3 is described but nowhere, 255 is not annotated. */
function labelsFor({ dims, affine }: Volume): LabelMap {
  const values = [0, 0, 1, 7, 13, 255]
  const data = Uint8Array.from(noise(voxelCount(dims), 9), (v, n) =>
    n < dims[0] * dims[1] * 2 ? 0 : values[Math.floor(v * 6)],
  )
  return { dims, affine, data }
}

interface ReadBack {
  positions: string[][]
  numbers: number[]
  labels: string[]
  series: string
  study: string
  patient: string
  frames: { segment: number; sop: string; pixels: number[] }[]
}

/** What pydicom makes of a SEG. */
function pydicom(path: string): ReadBack {
  return JSON.parse(
    python(
      `import sys,json,pydicom
d=pydicom.dcmread(sys.argv[1]); p=d.pixel_array.reshape(int(d.NumberOfFrames),d.Rows,d.Columns)
f=d.PerFrameFunctionalGroupsSequence
print(json.dumps(dict(series=d.ReferencedSeriesSequence[0].SeriesInstanceUID,study=d.StudyInstanceUID,patient=str(d.PatientName),
 positions=[[str(v) for v in g.PlanePositionSequence[0].ImagePositionPatient] for g in f],
 numbers=[int(s.SegmentNumber) for s in d.SegmentSequence],labels=[s.SegmentLabel for s in d.SegmentSequence],
 frames=[dict(segment=int(g.SegmentIdentificationSequence[0].ReferencedSegmentNumber),sop=g.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID,pixels=p[n].ravel().tolist()) for n,g in enumerate(f)])))`,
      path,
    ),
  ) as ReadBack
}

/** The label map that a SEG's frames say, on the source's slices. */
function labelsFrom({ frames }: ReadBack, source: DicomSource): Uint8Array {
  const size = source.rows * source.columns
  const data = new Uint8Array(size * source.slices.length)
  for (const { segment, sop, pixels } of frames) {
    const k = source.slices.findIndex(({ sopInstanceUid }) => sopInstanceUid === sop)
    pixels.forEach((on, n) => {
      if (on) data[k * size + n] = segments[segment - 1].id
    })
  }
  return data
}

describe('a CT series and a segmentation of it', () => {
  const path = join(folder, 'seg.dcm')
  let source: DicomSource
  let imported: Volume
  let labels: LabelMap

  beforeAll(async () => {
    await writeDicomSeries(join(folder, 'ct'), ct, { patientName: 'Müller^Jörg' })
    const { volumes } = await readImages([join(folder, 'ct')])
    imported = volumes[0].volume
    if (!volumes[0].dicom) throw new Error('no source')
    source = volumes[0].dicom
    labels = labelsFor(imported)
    writeFileSync(path, encodeSegmentation(source, labels, segments))
  })

  it('the series comes back with the same voxels at the same places', () => {
    const [ours, theirs] = [reorient(imported, 'RAS'), reorient(ct, 'RAS')]
    expect(affinesAgree(ours.affine, theirs.affine, 1e-6)).toBe(true)
    expect(ours.data).toEqual(theirs.data)
  })

  it.skipIf(!commandExists('dciodvfy'))('both pass dciodvfy without errors', () => {
    expect(dciodvfyErrors(join(folder, 'ct', '0001.dcm'))).toEqual([])
    expect(dciodvfyErrors(path)).toEqual([])
  })

  it.skipIf(!pythonHas('pydicom', 'numpy'))('pydicom reads the segmentation back voxel by voxel', () => {
    const back = pydicom(path)
    expect(labelsFrom(back, source)).toEqual(labels.data.map((id) => (id === 255 ? 0 : id)))
    expect(back.numbers).toEqual([1, 2, 3, 4])
    expect(back.labels).toEqual(['Liver', 'Spleen', 'Pancreas', 'Left kidney'])
    expect(back.frames.some(({ segment }) => segment === 3)).toBe(false)
    expect([back.series, back.study, back.patient]).toEqual([
      source.seriesInstanceUid,
      source.identity.studyInstanceUid,
      'Müller^Jörg',
    ])
  })

  it.skipIf(!pythonHas('pydicom', 'numpy'))('labels on the canonical grid give the same segmentation', () => {
    const canonical = reorient(labels, 'RAS')
    expect(toCanonical(imported, 'CT').restore(canonical).data).toEqual(labels.data)
    const other = join(folder, 'canonical.dcm')
    writeFileSync(other, encodeSegmentation(source, canonical, segments))
    expect(pydicom(other).frames).toEqual(pydicom(path).frames)
  })

  it.skipIf(!commandExists('dciodvfy'))('a segmentation without a voxel is still valid', () => {
    const empty = join(folder, 'empty.dcm')
    writeFileSync(empty, encodeSegmentation(source, { ...labels, data: new Uint8Array(labels.data.length) }, segments))
    expect(dciodvfyErrors(empty)).toEqual([])
  })

  it.skipIf(!pythonHas('pydicom', 'numpy'))('pydicom reads a label map back voxel by voxel', () => {
    const bytes = encodeSegmentation(source, reorient(labels, 'RAS'), segments, { type: 'LABELMAP' })
    const path = join(folder, 'labelmap.dcm')
    writeFileSync(path, bytes)
    const back = JSON.parse(
      python(
        `import sys,json,pydicom
d=pydicom.dcmread(sys.argv[1]); p=d.pixel_array.reshape(-1,d.Rows,d.Columns)
print(json.dumps(dict(sop=d.SOPClassUID,type=d.SegmentationType,numbers=[int(s.SegmentNumber) for s in d.SegmentSequence],
 labels=[s.SegmentLabel for s in d.SegmentSequence],
 frames=[[g.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID,p[n].ravel().tolist()] for n,g in enumerate(d.PerFrameFunctionalGroupsSequence)])))`,
        path,
      ),
    ) as { sop: string; type: string; numbers: number[]; labels: string[]; frames: [string, number[]][] }
    expect([back.sop, back.type]).toEqual(['1.2.840.10008.5.1.4.1.1.66.7', 'LABELMAP'])
    expect(back.numbers).toEqual([0, 1, 2, 3, 4])
    expect(back.labels).toEqual(['Background', 'Liver', 'Spleen', 'Pancreas', 'Left kidney'])
    const size = source.rows * source.columns
    const again = new Uint8Array(labels.data.length)
    for (const [sop, pixels] of back.frames) {
      const k = source.slices.findIndex(({ sopInstanceUid }) => sopInstanceUid === sop)
      pixels.forEach((number, n) => (again[k * size + n] = number === 0 ? 0 : segments[number - 1].id))
    }
    expect(again).toEqual(labels.data.map((id) => (id === 255 ? 0 : id)))
  })

  it('a label map holds no slice that nothing touches, and one blank frame where there is nothing at all', () => {
    const frames = (data: Uint8Array): number => {
      const bytes = encodeSegmentation(source, { ...labels, data }, segments, { type: 'LABELMAP' })
      return parseDicom(bytes, 'ours').number('x00280008') ?? 0
    }
    expect(frames(labels.data)).toBe(7)
    expect(frames(new Uint8Array(labels.data.length))).toBe(1)
  })

  it('refuses labels of another grid, and an image that is not from DICOM', () => {
    const shifted = { ...labels, affine: ct.affine }
    const smaller = labelsFor({ dims: [5, 5, 5], affine: imported.affine, data: new Int16Array(125) })
    for (const wrong of [smaller, { ...shifted, affine: moved(labels.affine) }]) {
      expect(() => encodeSegmentation(source, wrong, segments)).toThrow(/do not lie on the slices/)
    }
    expect(() => encodeSegmentation(undefined, labels, segments)).toThrow(EmendError)
  })

  it('writes the same series again from the same seed', async () => {
    for (const name of ['a', 'b']) {
      await writeDicomSeries(join(folder, name), ct, { uidSeed: 'phantom 1', when: new Date(0) })
    }
    expect(readFileSync(join(folder, 'a', '0003.dcm'))).toEqual(readFileSync(join(folder, 'b', '0003.dcm')))
  })
})

function moved(affine: Affine): Affine {
  const [x, y, z] = affine
  return [[x[0], x[1], x[2], x[3] + 4], y, z]
}

const real = dataPath('abdomen', 'cptac-pda-c3l-00189.zip')
it.skipIf(!real || !commandExists('dciodvfy') || !pythonHas('pydicom'))(
  'a segmentation of a real series is valid and voxel-identical',
  async () => {
    const { volumes } = await readImages([real ?? ''])
    const [{ volume, dicom }] = volumes
    if (!dicom) throw new Error('no source')
    const data = Uint8Array.from(volume.data, (value) => (value > 150 ? 1 : value > 30 ? 7 : 0))
    const path = join(folder, 'real.dcm')
    writeFileSync(path, encodeSegmentation(dicom, { ...volume, data }, segments))
    expect(dciodvfyErrors(path)).toEqual([])
    const counts = JSON.parse(
      python(
        `import sys,json,pydicom,numpy as np
d=pydicom.dcmread(sys.argv[1]); p=d.pixel_array; f=d.PerFrameFunctionalGroupsSequence
out={}
for n,g in enumerate(f):
  s=int(g.SegmentIdentificationSequence[0].ReferencedSegmentNumber); out[s]=out.get(s,0)+int(p[n].sum())
print(json.dumps(out))`,
        path,
      ),
    ) as Record<string, number>
    const count = (id: number): number => data.reduce((sum, value) => sum + (value === id ? 1 : 0), 0)
    expect(counts).toEqual({ '1': count(1), '2': count(7) })
  },
  60_000,
)
