import { unzipSync } from 'fflate'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reorient } from '../../../../src/main/imaging/canonical'
import { writeDicomSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { parseContours, rasterise } from '../../../../src/main/imaging/dicom/rtstruct'
import { encodeStructureSet } from '../../../../src/main/imaging/dicom/rtstructWriter'
import type { Segment } from '../../../../src/main/imaging/dicom/segment'
import type { DicomSource } from '../../../../src/main/imaging/dicom/source'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import type { ImportedVolume } from '../../../../src/main/imaging/import/result'
import { voxelCount, type LabelMap, type Volume } from '../../../../src/main/imaging/volume'
import { applyAffine, invertAffine, type Affine } from '../../../../src/shared/geometry/affine'
import { dataPath } from '../../../data'
import { commandExists, python, pythonHas, dciodvfyErrors } from '../../../peers'
import { noise } from '../arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-rtstruct-writer-'))
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
  segment(3, 'Pancreas', '15776009', { algorithmType: 'MANUAL', algorithmName: undefined }),
  segment(13, 'Left kidney', '64033007', { modifier: { value: '7771000', scheme: 'SCT', meaning: 'Left' } }),
]

/** Oblique: turned about two axes, 0.7 x 0.9 x 2.5 mm. */
const [c, s] = [Math.cos(0.3), Math.sin(0.3)]
const affine: Affine = [
  [0.7 * c, -0.9 * s * c, 2.5 * s * s, -20],
  [0.7 * s, 0.9 * c * c, -2.5 * c * s, -30],
  [0, 0.9 * s, 2.5 * c, -100],
]
const ct: Volume<Int16Array> = {
  dims: [41, 33, 7],
  affine,
  data: Int16Array.from(noise(41 * 33 * 7, 5), (v) => v * 1500 - 1000),
}

/** Blobs with holes and islands, of labels 1, 7 and 13; 3 is nowhere, 255 not annotated. */
function blobs({ dims, affine }: Volume): LabelMap {
  const raw = noise(voxelCount(dims), 9)
  const at = (n: number): number => raw[n] ?? 0
  const data = Uint8Array.from(raw, (_, n) => {
    const v = (at(n) + at(n - 1) + at(n + 1) + at(n - dims[0]) + at(n + dims[0])) / 5
    return v > 0.62 ? 13 : v > 0.5 ? 1 : v > 0.44 ? 7 : v > 0.42 ? 255 : 0
  })
  return { dims, affine, data }
}

/** A structure set's contours filled again, as the label map that they were traced from. */
function filled(bytes: Uint8Array, grid: Volume, ids: readonly number[]): Uint8Array {
  const data = new Uint8Array(voxelCount(grid.dims))
  parseContours(bytes, 'ours').forEach((contours, n) => {
    rasterise(contours, grid).data.forEach((inside, voxel) => {
      if (inside) data[voxel] = ids[n]
    })
  })
  return data
}

describe('a structure set of a small series', () => {
  const path = join(folder, 'rtstruct.dcm')
  let imported: Volume
  let source: DicomSource
  let labels: LabelMap
  let bytes: Uint8Array

  beforeAll(async () => {
    await writeDicomSeries(join(folder, 'ct'), ct, { patientName: 'Müller^Jörg' })
    const { volumes } = await readImages([join(folder, 'ct')])
    imported = volumes[0].volume
    if (!volumes[0].dicom) throw new Error('no source')
    source = volumes[0].dicom
    labels = blobs(imported)
    bytes = encodeStructureSet(source, labels, segments, { creator: 'reader' })
    writeFileSync(path, bytes)
  })

  it('fills to the very same mask, holes included, in an oblique stack', () => {
    const again = filled(bytes, imported, [1, 7, 3, 13])
    expect(again).toEqual(labels.data.map((id) => (id === 255 ? 0 : id)))
    expect(new Set(again)).toEqual(new Set([0, 1, 7, 13]))
  })

  it('keeps an empty structure without contours', () => {
    expect(parseContours(bytes, 'ours').map(({ name, polygons }) => [name, polygons.length > 0])).toEqual([
      ['Liver', true],
      ['Spleen', true],
      ['Pancreas', false],
      ['Left kidney', true],
    ])
  })

  it('is the same for labels on the canonical grid', () => {
    const canonical = encodeStructureSet(source, reorient(labels, 'RAS'), segments)
    expect(parseContours(canonical, 'a')).toEqual(parseContours(bytes, 'b'))
  })

  it.skipIf(!commandExists('dciodvfy'))('passes dciodvfy without errors, empty ones too', () => {
    expect(dciodvfyErrors(path)).toEqual([])
    const empty = join(folder, 'empty.dcm')
    writeFileSync(empty, encodeStructureSet(source, { ...labels, data: new Uint8Array(labels.data.length) }, segments))
    expect(dciodvfyErrors(empty)).toEqual([])
  })

  it.skipIf(!pythonHas('pydicom', 'numpy'))(
    'names whom it belongs to, who drew what, and the slice of every contour',
    () => {
      const script = `
import pydicom, json, sys, numpy as np
d = pydicom.dcmread(sys.argv[1])
series = d.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
sops = [i.ReferencedSOPInstanceUID for i in series.ContourImageSequence]
used = set(c.ContourImageSequence[0].ReferencedSOPInstanceUID for r in d.ROIContourSequence for c in r.get('ContourSequence', []))
lengths = [len(c.ContourData) == 3 * c.NumberOfContourPoints for r in d.ROIContourSequence for c in r.get('ContourSequence', [])]
print(json.dumps(dict(patient=str(d.PatientName), study=d.StudyInstanceUID, series=series.SeriesInstanceUID, slices=len(sops),
  strays=len(used - set(sops)), lengths=all(lengths),
  rois=[[r.ROIName, r.ROIGenerationAlgorithm] for r in d.StructureSetROISequence],
  colors=[[int(v) for v in r.ROIDisplayColor] for r in d.ROIContourSequence],
  codes=[o.RTROIIdentificationCodeSequence[0].CodeValue for o in d.RTROIObservationsSequence])))`
      expect(JSON.parse(python(script, path))).toEqual({
        patient: 'Müller^Jörg',
        study: source.identity.studyInstanceUid,
        series: source.seriesInstanceUid,
        slices: 7,
        strays: 0,
        lengths: true,
        rois: [
          ['Liver', 'AUTOMATIC'],
          ['Spleen', 'SEMIAUTOMATIC'],
          ['Pancreas', 'MANUAL'],
          ['Left kidney', 'AUTOMATIC'],
        ],
        colors: [
          [192, 64, 48],
          [64, 96, 255],
          [192, 64, 48],
          [192, 64, 48],
        ],
        codes: ['10200004', '78961009', '15776009', '64033007'],
      })
    },
  )

  it('refuses labels of another grid, and an image that is not from DICOM', () => {
    const [x, ...rest] = labels.affine
    const moved: LabelMap = { ...labels, affine: [[x[0], x[1], x[2], x[3] + 4], rest[0], rest[1]] }
    expect(() => encodeStructureSet(source, moved, segments)).toThrow(/do not lie on the slices/)
    expect(() => encodeStructureSet(undefined, labels, segments)).toThrow(/did not come from a DICOM series/)
  })
})

const archive = dataPath('abdomen', 'pancreas-ct-cb-001.zip')
describe.skipIf(!archive)('the contours of pancreas-ct-cb-001', () => {
  const entry = 'rtstruct/RS_planCT.dcm'
  const overlap = (a: Uint8Array, b: Uint8Array): number => {
    let [both, sum] = [0, 0]
    for (let n = 0; n < a.length; n++) {
      both += a[n] & b[n]
      sum += a[n] + b[n]
    }
    return (2 * both) / sum
  }

  it('come back from mask and structure set with a DSC of 1, and are valid', async () => {
    const file = unzipSync(readFileSync(archive ?? ''), { filter: ({ name }) => name === entry })[entry]
    const contours = parseContours(file, 'RS_planCT.dcm')
    const [image] = (await readImages([archive ?? ''])).volumes
    for (const theirs of contours) {
      const mask = rasterise(theirs, image.volume)
      const bytes = encodeStructureSet(image.dicom, mask, [segment(1, theirs.name, '69695003')])
      const [ours] = parseContours(bytes, 'ours')
      expect(ours.name).toBe(theirs.name)
      expect(overlap(rasterise(ours, image.volume).data, mask.data)).toBe(1)
      if (theirs.name === 'Stomach_duo_planCT' && commandExists('dciodvfy')) {
        writeFileSync(join(folder, 'stomach.dcm'), bytes)
        expect(dciodvfyErrors(join(folder, 'stomach.dcm'))).toEqual([])
      }
    }
  }, 120_000)
})

const uneven = dataPath('awkward', 'ge-head-tilt-varying-spacing.zip')
it.skipIf(!uneven)(
  'an interpolated volume goes back to the slices that were acquired',
  async () => {
    const [image] = (await readImages([uneven ?? ''])).volumes as [ImportedVolume]
    if (!image.dicom) throw new Error('no source')
    const [nx, ny, nz] = image.volume.dims
    expect(nz).toBeGreaterThan(image.dicom.slices.length)
    // A label a slice, so that each contour tells which of the volume's slices it was traced on.
    const data = new Uint8Array(nx * ny * nz)
    for (let k = 0; k < nz; k++) {
      for (let j = 100; j < 200; j++) data.fill(k + 1, nx * (j + ny * k) + 50, nx * (j + ny * k) + 90)
    }
    const labels = { ...image.volume, data }
    const chosen = Array.from({ length: nz }, (_, k) => segment(k + 1, `slice ${k}`, '10200004'))
    const contours = parseContours(encodeStructureSet(image.dicom, labels, chosen), 'ours')
    const toVoxel = invertAffine(image.volume.affine)
    const traced = contours.flatMap(({ polygons }, k) => {
      return polygons.map(([x, y, z]) => ({ k, at: applyAffine(toVoxel, [-x, -y, z])[2] }))
    })
    expect(traced).toHaveLength(image.dicom.slices.length)
    for (const { k, at } of traced) expect(Math.abs(at - k)).toBeLessThan(0.501)
  },
  60_000,
)
