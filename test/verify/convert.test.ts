import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseDicom } from '../../src/main/imaging/dicom/attributes'
import { loadNifti } from '../../src/main/imaging/nifti'
import { shearOf } from '../../src/main/imaging/straighten'
import type { Volume } from '../../src/main/imaging/volume'
import { applyAffine, type Vec3 } from '../../src/shared/geometry/affine'
import { dataPath } from '../data'
import { dcm2niix, expectSameImage, withoutJpegLs } from '../dcm2niix'
import { emend } from '../main/cli/emend'
import { commandExists } from '../peers'

const folder = mkdtempSync(join(tmpdir(), 'emend-convert-'))
afterAll(() => rmSync(folder, { recursive: true }))

const peers = ['dcm2niix', 'dcmdjpls', 'unzip'].every(commandExists)

const archives = [
  ['abdomen', 'pancreas-ct-cb-001.zip'],
  ['abdomen', 'hcc-009-portal.zip'],
  ['abdomen', 'hcc-007-late-phase.zip'],
  ['abdomen', 'cptac-pda-c3l-00189.zip'],
  ['awkward', 'acrin-nsclc-042-jpegls-with-seg.zip'],
]
const tilted = dataPath('awkward', 'ge-head-tilt-varying-spacing.zip')

/** Of one slice each; dcm2niix reads them uncompressed (it takes no JPEG in several fragments). */
const wg04 = ['CT1', 'CT2'].flatMap((scanner) =>
  ['UNC', 'RLE', 'JPLL', 'JLSL', 'J2KR'].map((syntax) => [scanner, syntax] as const),
)
/** Files of one series each. */
const loose: readonly (readonly string[])[] = [
  ['dcmqi-ct-3-slices-seg/01.dcm', 'dcmqi-ct-3-slices-seg/02.dcm', 'dcmqi-ct-3-slices-seg/03.dcm'],
  ['highdicom-seg/ct_image.dcm'],
  ['transfer-syntaxes/pydicom/eCT_Supplemental.dcm'],
]

const present = peers && tilted !== null && [...archives, ['awkward', loose[0][0]]].every((parts) => dataPath(...parts))

/** What `emend convert` writes, read again. */
async function converted(path: string, name: string, ...options: string[]): Promise<{ volume: Volume; said: string }> {
  const out = join(folder, `${name}.nii.gz`)
  const { status, stderr } = await emend('convert', path, '--out', out, ...options)
  if (status !== 0) throw new Error(stderr)
  return { volume: (await loadNifti(out)).volume, said: stderr }
}

async function onlyOne(input: string, out: string): Promise<Volume> {
  const volumes = [...(await dcm2niix(input, out)).values()]
  expect(volumes).toHaveLength(1)
  return volumes[0]
}

describe.skipIf(!present)('emend convert and dcm2niix, straight series: the same voxels at the same places', () => {
  it.each(archives)('%s %s', async (...parts) => {
    const archive = dataPath(...parts) ?? ''
    const files = join(folder, basename(archive))
    execFileSync('unzip', ['-q', archive, '-d', files])
    const input = parts[1].includes('jpegls') ? withoutJpegLs(join(files, 'ct')) : files
    const { volume } = await converted(archive, parts[1])
    expectSameImage(volume, await onlyOne(input, `${files}-out`))
  })

  it.each(loose.map((files) => [files[0], files] as const))('%s', async (first, files) => {
    const from = join(folder, first.replaceAll('/', '-'))
    mkdirSync(from)
    for (const file of files) copyFileSync(dataPath('awkward', ...file.split('/')) ?? '', join(from, basename(file)))
    const { volume } = await converted(from, basename(from))
    expectSameImage(volume, await onlyOne(from, `${from}-out`))
  })

  it.each(wg04)('WG-04 %s %s', async (scanner, syntax) => {
    const slice = (name: string): string => dataPath('awkward', 'transfer-syntaxes', 'WG04_CT', `${scanner}_${name}`) ?? '' // prettier-ignore
    const plain = join(folder, `${scanner}-${syntax}`)
    mkdirSync(plain)
    copyFileSync(slice('UNC'), join(plain, 'slice.dcm'))
    const { volume } = await converted(slice(syntax), `${scanner}_${syntax}`)
    expectSameImage(volume, await onlyOne(plain, `${plain}-out`))
  })
})

describe.skipIf(!present)('emend convert of a tilted, unevenly spaced series (docs/conformance.md, Geometry)', () => {
  const files = join(folder, 'tilted')

  it('keeps every slice at its millimetres and its values, and interpolates between them', async () => {
    execFileSync('unzip', ['-q', tilted ?? '', '-d', files])
    const theirs = (await dcm2niix(files, join(folder, 'tilted-out'))).get('image.nii')
    if (!theirs) throw new Error('dcm2niix did not write the slices as they are')
    const { volume, said } = await converted(tilted ?? '', 'tilted')
    expect(said).toMatch(/sheared by 18\.5 degrees.*kept so/s)
    expect(said).toMatch(/slices are 1\.08 to 7\.00 mm apart; interpolated to 37 slices/)
    expect(volume.dims).toEqual([512, 512, 37])
    expect(shearOf(volume.affine)).toBeCloseTo(18.5, 1)

    // Along the stack as it was acquired: where each slice lies on our grid, in slices.
    const [origin, step] = [applyAffine(volume.affine, [0, 0, 0]), applyAffine(volume.affine, [0, 0, 1])]
    const acquired = positionsIn(files).sort((a, b) => a[2] - b[2])
    const rising = step[2] > origin[2]
    const places = (rising ? acquired : acquired.reverse()).map((mm) => {
      const k = (mm[2] - origin[2]) / (step[2] - origin[2])
      const ours = applyAffine(volume.affine, [0, 0, k])
      expect(Math.hypot(...[0, 1, 2].map((axis) => ours[axis] - mm[axis]))).toBeLessThan(0.01)
      return k
    })
    expect(places).toHaveLength(28)
    expect([places[0], places[27]]).toEqual([expect.closeTo(0, 3), expect.closeTo(36, 3)])
    expect(mostOffInterpolation(volume, places, theirs)).toBeLessThanOrEqual(1)
  })

  it('resamples it to right angles on request', async () => {
    const { volume, said } = await converted(tilted ?? '', 'straight', '--straighten')
    expect(said).toMatch(/resampled to a straight grid/)
    expect(shearOf(volume.affine)).toBeLessThan(0.01)
  })
})

/** ImagePositionPatient of every file, in RAS mm. */
function positionsIn(files: string): Vec3[] {
  const entries = readdirSync(files, { recursive: true, withFileTypes: true })
  const slices = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'))
  return slices.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const [x, y, z] = parseDicom(readFileSync(path), path, 'pixels').numbers('x00200032')
    return [-x, -y, z]
  })
}

/**
 * The largest difference between a volume and another's slices, interpolated from their `places` on its grid. The other's
 * rows count the other way, as dcm2niix writes them, and so do its slices where its third axis points against ours.
 */
function mostOffInterpolation(volume: Volume, places: readonly number[], other: Volume): number {
  const [nx, ny, nz] = volume.dims
  const last = places.length - 1
  const against = volume.affine[2][2] > 0 !== other.affine[2][2] > 0
  const value = (i: number, j: number, slice: number): number =>
    other.data[i + nx * (ny - 1 - j + ny * (against ? last - slice : slice))]
  let most = 0
  for (let k = 0; k < nz; k++) {
    const below = Math.min(last - 1, Math.max(0, places.findLastIndex((place) => place <= k + 1e-6))) // prettier-ignore
    const share = (k - places[below]) / (places[below + 1] - places[below])
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        const due = value(i, j, below) * (1 - share) + value(i, j, below + 1) * share
        most = Math.max(most, Math.abs(volume.data[i + nx * (j + ny * k)] - due))
      }
    }
  }
  return most
}
