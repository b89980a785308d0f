import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describe as describeImport } from '../../../../src/main/imaging/import/describe'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { encodeNifti } from '../../../../src/main/imaging/nifti'
import { spacing } from '../../../../src/main/imaging/volume'
import { labelsOnSlices } from '../../../../src/main/imaging/dicom/sourceSlices'
import { shearOf } from '../../../../src/main/imaging/straighten'
import { unwatched } from '../../../../src/shared/progress'
import { EmendError } from '../../../../src/shared/errors'
import { applyAffine, type Vec3 } from '../../../../src/shared/geometry/affine'
import { dataPath } from '../../../data'
import { dcm2niix, differing, expectSameImage, withoutJpegLs } from '../../../dcm2niix'
import { commandExists } from '../../../peers'

const folder = mkdtempSync(join(tmpdir(), 'emend-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

const series = [
  ['abdomen', 'cptac-pda-c3l-00189.zip'],
  ['awkward', 'acrin-nsclc-042-jpegls-with-seg.zip'],
]
const present = series.every((parts) => dataPath(...parts)) && commandExists('unzip')
const peers = ['dcm2niix', 'dcmdjpls'].every(commandExists)

// All the others: test/verify/convert.test.ts.
describe.skipIf(!present || !peers)('agreement with dcm2niix', () => {
  it.each(series)(
    '%s %s: the same voxels at the same places, from the archive and from its files',
    async (...parts) => {
      const archive = dataPath(...parts) ?? ''
      const files = join(folder, parts[1])
      execFileSync('unzip', ['-q', archive, '-d', files])
      const input = parts[1].includes('jpegls') ? withoutJpegLs(join(files, 'ct')) : files
      const theirs = [...(await dcm2niix(input, `${files}-out`)).values()]
      expect(theirs).toHaveLength(1)
      const { volumes } = await readImages([archive])
      expect(volumes).toHaveLength(1)
      expectSameImage(volumes[0].volume, theirs[0])

      const unpacked = (await readImages([files])).volumes[0].volume
      expect(unpacked.affine).toEqual(volumes[0].volume.affine)
      expect(differing(unpacked, volumes[0].volume)).toBe(0)
    },
    120_000,
  )
})

const small = [
  ['dcmqi-ct-3-slices-seg/01.dcm', 'dcmqi-ct-3-slices-seg/02.dcm', 'dcmqi-ct-3-slices-seg/03.dcm'],
  ['highdicom-seg/ct_image.dcm'],
  ['transfer-syntaxes/pydicom/eCT_Supplemental.dcm'],
]

describe.skipIf(!dataPath('awkward', 'highdicom-seg') || !commandExists('dcm2niix'))(
  'agreement with dcm2niix on',
  () => {
    it.each(small.map((files) => [files[0], files] as const))('%s', async (first, files) => {
      const from = join(folder, first.replaceAll('/', '-'))
      mkdirSync(from)
      files.forEach((file, n) => copyFileSync(dataPath('awkward', ...file.split('/')) ?? '', join(from, `${n}.dcm`)))
      const theirs = [...(await dcm2niix(from, `${from}-out`)).values()]
      expect(theirs).toHaveLength(1)
      const { volumes } = await readImages([from])
      expect(volumes).toHaveLength(1)
      expectSameImage(volumes[0].volume, theirs[0])
    })
  },
)

describe.skipIf(!present)('real series', () => {
  it('keeps the millimetres of a tilted, unevenly spaced series and warns of both', async () => {
    const { volumes } = await readImages([dataPath('awkward', 'ge-head-tilt-varying-spacing.zip') ?? ''])
    const [{ volume, warnings, dicom }] = volumes
    expect(warnings.join()).toMatch(/sheared by 18\.5 degrees.*interpolated to 37 slices/)
    expect(dicom?.slices).toHaveLength(28)
    const [first, last] = [dicom?.slices[0].position ?? [0, 0, 0], dicom?.slices[27].position ?? [0, 0, 0]]
    const along = Math.hypot(...[0, 1, 2].map((axis) => last[axis] - first[axis]))
    expect(spacing(volume)[2] * (volume.dims[2] - 1)).toBeCloseTo(along, 3)
  })

  it.each([false, true])(
    'leads labels on that series back to its slices as they were acquired; straight: %s',
    async (straight) => {
      const paths = [dataPath('awkward', 'ge-head-tilt-varying-spacing.zip') ?? '']
      const [{ volume, warnings, dicom }] = (await readImages(paths, unwatched, { straighten: straight })).volumes
      expect(warnings[0]).toMatch(straight ? /resampled to a straight grid/ : /kept so: .* measure wrongly/)
      expect(shearOf(volume.affine)).toBeCloseTo(straight ? 0 : 18.5, 1)
      const middle = applyAffine(volume.affine, [volume.dims[0] / 2, volume.dims[1] / 2, volume.dims[2] / 2])
      const inBall = ([x, y, z]: Vec3): boolean =>
        (x - middle[0]) ** 2 + (y - middle[1]) ** 2 + (z - middle[2]) ** 2 < 55 ** 2
      const labels = new Uint8Array(volume.data.length)
      const [nx, ny, nz] = volume.dims
      for (let k = 0, n = 0; k < nz; k++)
        for (let j = 0; j < ny; j++)
          for (let i = 0; i < nx; i++, n++) if (inBall(applyAffine(volume.affine, [i, j, k]))) labels[n] = 1
      if (!dicom) throw new Error('no DICOM source')
      const slices = labelsOnSlices(dicom, { ...volume, data: labels })
      expect(slices).toHaveLength(28)
      let [both, sum, touched] = [0, 0, 0]
      for (const { slice, labels: drawn } of slices) {
        const [x, y] = dicom.orientation
        drawn.forEach((id, n) => {
          const [column, row] = [n % dicom.columns, Math.floor(n / dicom.columns)]
          const at = (axis: 0 | 1 | 2): number => slice.position[axis] + column * dicom.pixelSpacing[0] * x[axis] + row * dicom.pixelSpacing[1] * y[axis] // prettier-ignore
          const due = inBall([-at(0), -at(1), at(2)])
          if (due && id === 1) both++
          sum += Number(due) + id
        })
        if (drawn.includes(1)) touched++
      }
      expect(touched).toBeGreaterThan(10)
      expect((2 * both) / sum).toBeGreaterThan(0.98)
    },
  )

  it('tells a DICOM source that survives JSON', async () => {
    const { volumes } = await readImages([dataPath('abdomen', 'cptac-pda-c3l-00189.zip') ?? ''])
    const source = volumes[0].dicom
    expect(source?.slices).toHaveLength(35)
    expect(JSON.parse(JSON.stringify(source))).toEqual(source)
  })
})

const enhanced = dataPath('awkward', 'transfer-syntaxes', 'pydicom', 'eCT_Supplemental.dcm')
it.skipIf(!enhanced)('reads an enhanced multi-frame CT', async () => {
  const { volumes } = await readImages([enhanced ?? ''])
  expect(volumes[0].volume.dims).toEqual([512, 512, 2])
  expect(spacing(volumes[0].volume)[2]).toBeCloseTo(10, 6)
  expect(volumes[0].dicom?.slices.map((slice) => slice.frameNumber).sort()).toEqual([1, 2])
})

describe('any path', () => {
  const image = encodeNifti({ dims: [2, 2, 2], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: new Int16Array(8).fill(-900) }) // prettier-ignore

  it('reads what lies in nested folders and lists what is no image', async () => {
    const root = join(folder, 'mixed')
    mkdirSync(join(root, 'deep', 'deeper'), { recursive: true })
    writeFileSync(join(root, 'deep', 'deeper', 'scan.nii'), image)
    writeFileSync(join(root, 'deep', 'broken.nii'), image.subarray(0, 354))
    writeFileSync(join(root, 'notes.txt'), 'not an image')
    const { volumes, skipped } = await readImages([root])
    expect(volumes.map(({ id, modality }) => [id, modality])).toEqual([['scan', 'CT']])
    expect(skipped.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/broken\.nii is cut short/),
      'not an image that Emend reads',
    ])
  })

  it('reads the whole ones of several files and names the damaged one', async () => {
    const good = join(folder, 'whole.nii')
    const bad = join(folder, 'damaged.nii')
    writeFileSync(good, image)
    writeFileSync(bad, image.subarray(0, 354))
    const { volumes, skipped } = await readImages([bad, good])
    expect(volumes.map(({ id }) => id)).toEqual(['whole'])
    expect(skipped).toEqual([{ path: bad, reason: expect.stringMatching(/is cut short/) as string }])
  })

  it('gives images of one name different ids', async () => {
    const again = join(folder, 'again')
    mkdirSync(again)
    writeFileSync(join(again, 'scan.nii'), image)
    copyFileSync(join(again, 'scan.nii'), join(folder, 'scan.nii'))
    const { volumes } = await readImages([join(again, 'scan.nii'), join(folder, 'scan.nii')])
    expect(volumes.map(({ id }) => id)).toEqual(['scan', 'scan-2'])
  })

  it.each([
    ['a missing file', 'nowhere.nii', null, /nowhere\.nii/],
    ['text', 'a.txt', 'hello', /a\.txt: not an image that Emend reads/],
    ['a cut-off NIfTI', 'cut.nii', image.subarray(0, 360), /cut\.nii is cut short/],
    ['a damaged zip', 'bad.zip', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0), /bad\.zip/],
    ['a DICOM file that ends too early', 'bad.dcm', dicomMark(), /bad\.dcm/],
  ])('refuses %s in one line', async (_, name, content, message) => {
    const path = join(folder, name)
    if (content !== null) writeFileSync(path, content)
    const failure = readImages([path])
    await expect(failure).rejects.toThrow(EmendError)
    await expect(failure).rejects.toThrow(message)
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort()
    await expect(readImages([folder], { report: () => undefined, signal })).rejects.toThrow(/abort/i)
  })

  it('describes what it read as the command line prints it', async () => {
    const { volumes } = describeImport(await readImages([join(folder, 'scan.nii')]))
    expect(volumes[0]).toEqual({
      id: 'scan',
      modality: 'CT',
      description: 'scan',
      dims: [2, 2, 2],
      spacing: [1, 1, 1],
      affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], // prettier-ignore
      orientation: 'RAS',
      warnings: [],
    })
  })
})

function dicomMark(): Uint8Array {
  const bytes = new Uint8Array(140)
  bytes.set(
    [...'DICM'].map((c) => c.charCodeAt(0)),
    128,
  )
  return bytes
}
