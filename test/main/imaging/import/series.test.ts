import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeCtSeries, writeDicomSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import type { ImportResult } from '../../../../src/main/imaging/import/result'
import type { Volume } from '../../../../src/main/imaging/volume'
import { dataPath } from '../../../data'
import { commandExists, python, pythonHas } from '../../../peers'
import { encodedSlice, encodedStack } from '../dicom/encodedSlices'

const root = mkdtempSync(join(tmpdir(), 'emend-series-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

/** Writes files into a folder of their own and reads it. */
function readFiles(files: readonly Uint8Array[]): Promise<ImportResult> {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  files.forEach((bytes, n) => writeFileSync(join(folder, `${String(n).padStart(3, '0')}.dcm`), bytes))
  return readImages([folder])
}

describe('one series of DICOM', () => {
  it('with two contrast phases is two volumes, named apart', async () => {
    const phase = (acquisition: number): Uint8Array[] =>
      encodedStack(
        4,
        (k, n) => 100 * acquisition + 10 * k + n,
        (k) => ({
          AcquisitionNumber: String(acquisition),
          SOPInstanceUID: `1.2.${acquisition}.${k}`,
          SeriesDescription: 'Abdomen',
        }),
      )
    const { volumes } = await readFiles([...phase(1), ...phase(2)])
    expect(volumes.map(({ id, description, volume }) => [id, description, volume.data[0]])).toEqual([
      ['1.2.3.4', 'Abdomen (acquisition 1)', 100],
      ['1.2.3.4-2', 'Abdomen (acquisition 2)', 200],
    ])
    expect(volumes[1].dicom?.slices.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.2.0', '1.2.2.1', '1.2.2.2', '1.2.2.3']) // prettier-ignore
  })

  it('leaves the scout out and says so', async () => {
    const scout = encodedStack(1, () => 0, () => ({ ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] })) // prettier-ignore
    const { volumes, skipped } = await readFiles([...encodedStack(3, () => 7), ...scout])
    expect(volumes.map(({ volume }) => volume.dims)).toEqual([[4, 3, 3]])
    expect(skipped.map(({ reason }) => reason)).toEqual(['a localizer (scout)'])
  })

  it('has each slice rescaled by its own slope and intercept', async () => {
    const files = encodedStack(
      3,
      (k, n) => 10 * k + n,
      (k) => ({ RescaleSlope: String(k + 1), RescaleIntercept: String(-1000 * k) }),
    )
    const [{ volume }] = (await readFiles(files)).volumes
    expect(volume.data).toBeInstanceOf(Int16Array)
    expect([volume.data[1], volume.data[12 + 1], volume.data[24 + 1]]).toEqual([1, 11 * 2 - 1000, 21 * 3 - 2000])
  })

  it('with fractional slopes on some slices keeps their fractions', async () => {
    const files = encodedStack(3, (k, n) => 10 * k + n, (k) => ({ RescaleSlope: k === 1 ? '0.25' : '1' })) // prettier-ignore
    const [{ volume }] = (await readFiles(files)).volumes
    expect(volume.data).toBeInstanceOf(Float32Array)
    expect([volume.data[3], volume.data[12 + 3], volume.data[24 + 3]]).toEqual([3, 13 / 4, 23])
  })

  it('turns bright padding into air, a range of it too, and keeps dark padding as it is', async () => {
    const bright = encodedStack(2, (_, n) => [100, 20000, 25000, 30000][n % 4], () => ({ PixelPaddingValue: 30000, PixelPaddingRangeLimit: 25000, _vrMap: { PixelPaddingValue: 'SS', PixelPaddingRangeLimit: 'SS', PixelData: 'OW' } })) // prettier-ignore
    expect([...(await readFiles(bright)).volumes[0].volume.data.slice(0, 4)]).toEqual([100, 20000, -1024, -1024])
    const dark = encodedStack(2, (_, n) => (n % 2 ? -2000 : 40), () => ({ PixelPaddingValue: -2000, _vrMap: { PixelPaddingValue: 'SS', PixelData: 'OW' } })) // prettier-ignore
    expect([...(await readFiles(dark)).volumes[0].volume.data.slice(0, 2)]).toEqual([40, -2000])
  })

  const depths = [
    ['unsigned 8', 8, 8, 0, Uint8Array.from({ length: 12 }, (_, n) => 255 - n)],
    ['signed 8', 8, 8, 1, Int8Array.from({ length: 12 }, (_, n) => n - 100)],
    ['unsigned 12 of 16', 16, 12, 0, Uint16Array.from({ length: 12 }, (_, n) => 4095 - n)],
    ['signed 12 of 16', 16, 12, 1, Int16Array.from({ length: 12 }, (_, n) => n - 2048)],
    ['unsigned 16', 16, 16, 0, Uint16Array.from({ length: 12 }, (_, n) => 65535 - n)],
    ['unsigned 24 of 32', 32, 24, 0, Uint32Array.from({ length: 12 }, (_, n) => 2 ** 24 - 1 - n)],
    ['signed 32', 32, 32, 1, Int32Array.from({ length: 12 }, (_, n) => n - 2 ** 31)],
    ['unsigned 32', 32, 32, 0, Uint32Array.from({ length: 12 }, (_, n) => 2 ** 32 - 1 - n)],
  ] as const

  it.each(depths)('stored as %s bits keeps every value', async (_, allocated, bits, sign, values) => {
    const files = encodedStack(2, () => 0, () => ({
      BitsAllocated: allocated, BitsStored: bits, HighBit: bits - 1, PixelRepresentation: sign,
      PixelData: values.buffer.slice(0), _vrMap: { PixelData: allocated === 8 ? 'OB' : 'OW' },
    })) // prettier-ignore
    const [{ volume }] = (await readFiles(files)).volumes
    expect([...volume.data.slice(0, 12)]).toEqual([...values])
  })

  it('ignores what old scanners keep in the unused high bits', async () => {
    const files = encodedStack(2, (_, n) => n | 0x3000, () => ({ BitsStored: 12, HighBit: 11, PixelRepresentation: 0 })) // prettier-ignore
    expect([...(await readFiles(files)).volumes[0].volume.data.slice(0, 3)]).toEqual([0, 1, 2])
  })

  it('without preamble and meta header is read all the same', async () => {
    const bare = encodedStack(3, (k, n) => 10 * k + n).map((bytes) => bytes.subarray(metaEnd(bytes)))
    const [{ volume }] = (await readFiles(bare)).volumes
    expect([...volume.data].slice(12, 15)).toEqual([10, 11, 12])
  })

  it('whose values need a lookup table is refused with that reason', async () => {
    const files = encodedStack(2, () => 0, () => ({ ModalityLUTSequence: [{ LUTExplanation: 'x' }] })) // prettier-ignore
    await expect(readFiles(files)).rejects.toThrow(/lookup table/)
  })
})

/** Where the data set begins behind the meta header, whose length its first element tells. */
function metaEnd(bytes: Uint8Array): number {
  return 144 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true)
}

const ct: Volume<Int16Array> = {
  dims: [6, 5, 4],
  affine: [[-0.8, 0, 0, 50], [0, -0.8, 0, 60], [0, 0, 2.5, -200]], // prettier-ignore
  data: Int16Array.from({ length: 120 }, (_, n) => 7 * n - 400),
}

describe.skipIf(!commandExists('dcmmkdir'))('a DICOMDIR', () => {
  async function disc(name: string): Promise<string> {
    const folder = join(root, name)
    mkdirSync(folder)
    const files = encodeCtSeries(ct, { uidSeed: 'disc', when: new Date(0) })
    files.forEach((bytes, n) => writeFileSync(join(folder, `IM${n}`), bytes))
    execFileSync('dcmmkdir', ['+D', 'DICOMDIR', ...files.map((_, n) => `IM${n}`)], { cwd: folder })
    await writeDicomSeries(join(folder, 'other'), { ...ct, data: ct.data.map((v) => -v) })
    return folder
  }

  it('that is opened leads to the files that it names, and no others', async () => {
    const { volumes, skipped } = await readImages([join(await disc('opened'), 'DICOMDIR')])
    expect(volumes.map(({ volume }) => volume.data)).toEqual([ct.data])
    expect(skipped).toEqual([])
  })

  it('in a folder is passed over, for the files are read anyway', async () => {
    const { volumes, skipped } = await readImages([await disc('folder')])
    expect(volumes).toHaveLength(2)
    expect(skipped.map(({ reason }) => reason)).toEqual(['an index of other files (DICOMDIR)'])
  })
})

describe('an enhanced multi-frame MR', () => {
  it('with two time points of two echoes is four volumes in the order of their places', async () => {
    const frames = [0, 1, 2].flatMap((k) => [1, 2].flatMap((time) => [2.5, 5].map((echo) => ({ k, time, echo }))))
    const file = encodedSlice(0, [], {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.4.1',
      Modality: 'MR',
      SeriesDescription: 'Liver',
      ImagePositionPatient: undefined,
      ImageOrientationPatient: undefined,
      PixelSpacing: undefined,
      NumberOfFrames: String(frames.length),
      PixelData: Int16Array.from({ length: 12 * frames.length }, (_, n) => n).buffer,
      SharedFunctionalGroupsSequence: [
        {
          PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
          PixelMeasuresSequence: [{ PixelSpacing: ['1.5', '1.5'], SliceThickness: '4' }],
          PixelValueTransformationSequence: [{ RescaleSlope: '2', RescaleIntercept: '-1', RescaleType: 'US' }],
        },
      ],
      PerFrameFunctionalGroupsSequence: frames.map(({ k, time, echo }) => ({
        FrameContentSequence: [{ StackID: '1', InStackPositionNumber: 3 - k, TemporalPositionIndex: time }],
        PlanePositionSequence: [{ ImagePositionPatient: ['0', '0', String(40 - 4 * k)] }],
        MREchoSequence: [{ EffectiveEchoTime: echo }],
        MRImageFrameTypeSequence: [{ FrameType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'] }],
      })),
    })
    const { volumes } = await readFiles([file])
    expect(volumes.map(({ description }) => description).sort()).toEqual([
      'Liver (time point 1, echo 2.5)',
      'Liver (time point 1, echo 5)',
      'Liver (time point 2, echo 2.5)',
      'Liver (time point 2, echo 5)',
    ])
    for (const { volume, dicom } of volumes) {
      expect(volume.dims).toEqual([4, 3, 3])
      expect(dicom?.slices.map(({ position }) => position[2])).toEqual([32, 36, 40])
      dicom?.slices.forEach(({ frameNumber }, k) => {
        expect(volume.data[12 * k]).toBe(2 * 12 * ((frameNumber ?? 0) - 1) - 1)
      })
    }
  })
})

const enhanced = dataPath('awkward', 'transfer-syntaxes', 'pydicom', 'eCT_Supplemental.dcm')

describe.skipIf(!enhanced || !pythonHas('pydicom', 'numpy'))('the enhanced CT of DICOM WG-04', () => {
  it('has the voxels that pydicom reads, frame by frame', async () => {
    const path = enhanced ?? ''
    const script = `
import sys, json, pydicom
d = pydicom.dcmread(sys.argv[1])
shared = d.SharedFunctionalGroupsSequence[0]
def macro(g, name):
    return getattr(g, name)[0] if name in g else getattr(shared, name)[0] if name in shared else None
out = []
for a, g in zip(d.pixel_array.reshape(-1, d.Rows, d.Columns), d.PerFrameFunctionalGroupsSequence):
    t = macro(g, 'PixelValueTransformationSequence')
    s, i = (float(t.RescaleSlope), float(t.RescaleIntercept)) if t else (1.0, 0.0)
    p = macro(g, 'PlanePositionSequence').ImagePositionPatient
    out.append([[float(v) for v in p], float((a * s + i).sum())])
print(json.dumps(out))`
    const frames = JSON.parse(python(script, path)) as [number[], number][]
    const { volumes } = await readImages([path])
    let read = 0
    for (const { volume, dicom } of volumes) {
      const size = volume.dims[0] * volume.dims[1]
      dicom?.slices.forEach((slice, k) => {
        const [position, sum] = frames[(slice.frameNumber ?? 1) - 1]
        expect(slice.position).toEqual(position.map((mm) => expect.closeTo(mm, 6)))
        const ours = Float64Array.from(volume.data.subarray(k * size, (k + 1) * size)).reduce(
          (total, v) => total + v,
          0,
        )
        expect(ours).toBeCloseTo(sum, 3)
        read++
      })
    }
    expect(read).toBe(frames.length)
  })
})
