import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reorient } from '../../../../src/main/imaging/canonical'
import { describe as describeImport } from '../../../../src/main/imaging/import/describe'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { encodeNifti, loadNifti } from '../../../../src/main/imaging/nifti'
import { spacing, type Volume } from '../../../../src/main/imaging/volume'
import { saveImage } from '../../../../src/main/imaging/imageFile'
import { labelsOnSlices } from '../../../../src/main/imaging/dicom/sourceSlices'
import { shearOf } from '../../../../src/main/imaging/straighten'
import { unwatched } from '../../../../src/shared/progress'
import { EmendError } from '../../../../src/shared/errors'
import { affinesAgree, applyAffine, type Vec3 } from '../../../../src/shared/geometry/affine'
import { dataPath } from '../../../data'
import { command, commandExists } from '../../../peers'

const folder = mkdtempSync(join(tmpdir(), 'emend-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Bit for bit; far faster on whole volumes than comparing arrays. */
function sameVoxels(a: Volume, b: Volume): boolean {
  const bytes = ({ data }: Volume): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return a.data.constructor === b.data.constructor && bytes(a).equals(bytes(b))
}

/** dcm2niix is often built without JPEG-LS; DCMTK unpacks it for it. */
function withoutJpegLs(from: string): string {
  const to = `${from}-raw`
  mkdirSync(to)
  for (const file of readdirSync(from)) command('dcmdjpls', join(from, file), join(to, file))
  return to
}

const series = [
  ['abdomen', 'pancreas-ct-cb-001.zip'],
  ['abdomen', 'hcc-009-portal.zip'],
  ['abdomen', 'cptac-pda-c3l-00189.zip'],
  ['awkward', 'acrin-nsclc-042-jpegls-with-seg.zip'],
]
const present = series.every((parts) => dataPath(...parts)) && commandExists('unzip')

describe.skipIf(!present || !commandExists('dcm2niix') || !commandExists('dcmdjpls'))('agreement with dcm2niix', () => {
  it.each(series)(
    '%s %s: the same voxels at the same places',
    async (...parts) => {
      const archive = dataPath(...parts) ?? ''
      const name = parts[parts.length - 1]
      const files = join(folder, name)
      const out = join(folder, `${name}-out`)
      mkdirSync(out)
      const jpegLs = name.includes('jpegls')
      execFileSync('unzip', ['-q', archive, '-d', files])
      const input = jpegLs ? withoutJpegLs(join(files, 'ct')) : files
      command('dcm2niix', '-z', 'n', '-b', 'n', '-f', 'image', '-o', out, input)
      const converted = readdirSync(out).filter((file) => file.endsWith('.nii'))
      expect(converted).toHaveLength(1)

      const theirs = reorient((await loadNifti(join(out, converted[0]))).volume, 'RAS')
      const { volumes } = await readImages([archive])
      expect(volumes).toHaveLength(1)
      const ours = reorient(volumes[0].volume, 'RAS')
      expect(ours.dims).toEqual(theirs.dims)
      expect(affinesAgree(ours.affine, theirs.affine, 1e-3)).toBe(true)
      expect(sameVoxels(ours, theirs)).toBe(true)

      const unpacked = (await readImages([files])).volumes[0].volume
      expect(unpacked.affine).toEqual(volumes[0].volume.affine)
      expect(sameVoxels(unpacked, volumes[0].volume)).toBe(true)
    },
    120_000,
  )
})

/** Files of one series each. */
const smallSeries = [
  ['dcmqi', ['dcmqi-ct-3-slices-seg/01.dcm', 'dcmqi-ct-3-slices-seg/02.dcm', 'dcmqi-ct-3-slices-seg/03.dcm']],
  ['highdicom', ['highdicom-seg/ct_image.dcm']],
  ['enhanced CT', ['transfer-syntaxes/pydicom/eCT_Supplemental.dcm']],
  ['WG-04, first scanner', ['transfer-syntaxes/WG04_CT/CT1_UNC']],
  ['WG-04, second scanner', ['transfer-syntaxes/WG04_CT/CT2_UNC']],
] as const

describe.skipIf(!dataPath('awkward', 'highdicom-seg') || !commandExists('dcm2niix'))('small series', () => {
  it.each(smallSeries)('%s is converted as dcm2niix converts it', async (name, files) => {
    const from = join(folder, name)
    const out = join(folder, `${name}-out`)
    mkdirSync(from)
    mkdirSync(out)
    const paths = files.map((file, n) => {
      const path = join(from, `${n}.dcm`)
      copyFileSync(dataPath('awkward', ...file.split('/')) ?? '', path)
      return path
    })
    command('dcm2niix', '-z', 'n', '-b', 'n', '-f', 'image', '-o', out, from)
    const [theirFile, ...others] = readdirSync(out).filter((file) => file.endsWith('.nii'))
    expect(others).toEqual([])
    const theirs = reorient((await loadNifti(join(out, theirFile))).volume, 'RAS')
    const { volumes } = await readImages(paths)
    expect(volumes).toHaveLength(1)
    const written = join(out, 'ours.nii.gz')
    await saveImage(written, volumes[0].volume)
    const ours = reorient((await loadNifti(written)).volume, 'RAS')
    expect(ours.dims).toEqual(theirs.dims)
    expect(affinesAgree(ours.affine, theirs.affine, 1e-3)).toBe(true)
    expect(Buffer.from(Float32Array.from(ours.data).buffer).equals(Buffer.from(Float32Array.from(theirs.data).buffer))).toBe(true) // prettier-ignore
  })
})

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
      const inBall = (mm: Vec3): boolean => Math.hypot(...[0, 1, 2].map((axis) => mm[axis] - middle[axis])) < 55
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
