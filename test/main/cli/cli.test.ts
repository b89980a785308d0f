import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { reorient } from '../../../src/main/imaging/canonical'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { loadLabelMap } from '../../../src/main/imaging/labelFile'
import { loadNifti, saveNifti } from '../../../src/main/imaging/nifti'
import { commandExists, dciodvfyErrors } from '../../peers'
import { manifest, modelFolder, overlap, scene, thresholdNetwork } from '../segmentation/scene'
import { emend, startEmend } from './emend'

const SPLEEN = 3
const { image, ball } = scene([90, 80, 50], [3, 3, 4])
let folder: string
let nifti: string
let dicom: string
let model: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-cli-'))
  nifti = join(folder, 'ct.nii.gz')
  dicom = join(folder, 'series')
  model = await modelFolder({ network: thresholdNetwork(1.2), manifest: manifest() })
  await saveNifti(nifti, reorient(image, 'LPS'))
  await writeDicomSeries(dicom, image, { seriesDescription: 'A ball' })
})

describe('emend', () => {
  it('says what it can do, and that it is not for clinical use', async () => {
    const { status, stdout } = await emend('--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/segment +masks of the organs/)
    expect(stdout).toMatch(/Not for clinical use/)
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1])
    for (const verb of verbs) {
      const help = await emend(verb, '--help')
      expect([verb, help.status, help.stdout.split('\n')[0]]).toEqual([
        verb,
        0,
        expect.stringMatching(`^emend ${verb}`),
      ])
    }
  })

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(await emend('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    ['no verb', [], ''],
    ['an unknown verb', ['explode'], "there is no verb 'explode'"],
    ['an inherited name for a verb', ['toString'], "there is no verb 'toString'"],
    ['an unknown option', ['info', '--colour', 'red', 'x'], "Unknown option '--colour'"],
    ['an argument too few', ['convert', '--out', 'x.nii'], 'PATH is missing'],
    ['an argument too many', ['convert', 'a', 'b', '--out', 'x.nii'], "'b' is one argument too many"],
    ['a required option missing', ['segment', 'a'], '--out is missing'],
    ['an output of no known kind', ['segment', 'a', '--out', 'mask.png'], '--out mask.png: it ends in .dcm, .nii'],
    ['an unknown device', ['segment', 'a', '--out', 'm.nii', '--device', 'abacus'], 'it is one of auto, cpu'],
    ['a number that is none', ['phantom', '--count', 'many', '--out', 'x'], '--count many: it is a whole number'],
  ])('ends with 2 on %s', async (_, args, message) => {
    const { status, stdout, stderr } = await emend(...args)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    if (message) expect(stderr).toMatch(/^emend: .* \(see emend .*--help\)\n$/)
    else expect(stdout).toMatch(/emend VERB/)
  })
})

describe('emend info', () => {
  it('lists images with their geometry as JSON, and what is none', async () => {
    await writeFile(join(dicom, 'notes.txt'), 'hello')
    const { status, stdout } = await emend('info', dicom, '--json')
    const { volumes, skipped } = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(volumes).toHaveLength(1)
    expect(volumes[0]).toMatchObject({ modality: 'CT', description: 'A ball', dims: [90, 80, 50], orientation: 'LPS' })
    expect(volumes[0].spacing.map((mm: number) => mm.toFixed(3))).toEqual(['3.000', '3.000', '4.000'])
    expect(volumes[0].affine[3]).toEqual([0, 0, 0, 1])
    expect(skipped).toEqual([{ path: join(dicom, 'notes.txt'), reason: expect.any(String) }])
  })

  it.each([
    ['is missing', 'missing.nii.gz', null],
    ['is no image', 'text.nii.gz', Buffer.from('this is no image at all')],
    ['is cut short', 'short.nii.gz', 'half'],
  ])('ends with 1 and one line that names the file where it %s', async (_, name, content) => {
    const path = join(folder, name)
    const whole = await readFile(nifti)
    const half = whole.subarray(0, whole.length / 2)
    if (content !== null) await writeFile(path, content === 'half' ? half : content)
    for (const args of [
      ['info', path],
      ['segment', path, '--out', join(folder, 'no.nii.gz'), '--model', model, '--device', 'cpu'],
    ]) {
      const { status, stdout, stderr } = await emend(...args)
      const lines = stderr.split('\n').filter((line) => line.startsWith('emend: '))
      expect([status, stdout, lines.length]).toEqual([1, '', 1])
      expect(lines[0]).toContain(name)
      expect(stderr).not.toMatch(/ at .*\.js/)
    }
    expect(await readdir(folder)).not.toContain('no.nii.gz')
  })
})

describe('emend convert', () => {
  it('writes a DICOM series as NIfTI, voxel for voxel on its own grid', async () => {
    const out = join(folder, 'converted.nii.gz')
    expect((await emend('convert', dicom, '--out', out)).status).toBe(0)
    const { volume } = await loadNifti(out)
    expect(reorient(volume, 'RAS').data).toEqual(image.data)
  })

  it('asks which of several images is meant, and names them', async () => {
    const { status, stderr } = await emend('convert', folder, '--out', join(folder, 'x.nii'))
    expect(status).toBe(1)
    expect(stderr).toMatch(/holds \d images \(name one with --series: .*ct.* \(/)
  })
})

describe('emend segment', () => {
  it('writes the mask on the image’s grid, and a report', async () => {
    const [out, report, uncertainty] = ['mask.nii.gz', 'report.json', 'u.nii'].map((name) => join(folder, name))
    const { status, stdout } = await emend(
      ...['segment', nifti, '--out', out, '--model', model, '--device', 'cpu', '--json'],
      ...['--report', report, '--uncertainty', uncertainty],
    )
    expect(status).toBe(0)
    const labels = await loadLabelMap(out)
    const { volume } = await loadNifti(nifti)
    expect(labels.affine).toEqual(volume.affine)
    expect(overlap(reorient(labels, 'RAS'), ball, SPLEEN, 1)).toBeGreaterThan(0.93)
    const written = JSON.parse(await readFile(report, 'utf8'))
    expect(written).toEqual(JSON.parse(stdout))
    expect(written).toMatchObject({
      model: 'threshold@3',
      device: 'cpu',
      structures: { spleen: { id: SPLEEN, volumeMl: expect.closeTo(113, -1) } },
      warnings: [],
    })
    expect(written.seconds.total).toBeGreaterThan(written.seconds.network)
    expect((await loadNifti(uncertainty)).volume.dims).toEqual([68, 60, 50])
  })

  it.skipIf(!commandExists('dciodvfy'))('writes a DICOM Segmentation that dciodvfy accepts', async () => {
    const out = join(folder, 'mask.dcm')
    expect((await emend('segment', dicom, '--out', out, '--model', model, '--device', 'cpu')).status).toBe(0)
    expect(dciodvfyErrors(out)).toEqual([])
  })

  it('refuses a DICOM Segmentation of what is no DICOM series', async () => {
    const { status, stderr } = await emend('segment', nifti, '--out', join(folder, 'm.dcm'), '--model', model)
    expect(status).toBe(1)
    expect(stderr).toMatch(/ct\.nii\.gz is no DICOM series.*\.nii\.gz\)/)
  })

  it('refuses an output folder that is missing before any work', async () => {
    const out = join(folder, 'nowhere', 'mask.nii.gz')
    const { status, stderr } = await emend('segment', nifti, '--out', out, '--model', model, '--device', 'cpu')
    expect(status).toBe(1)
    expect(stderr).toBe(`emend: ${out} cannot be written: there is no folder ${join(folder, 'nowhere')}\n`)
  })

  it('is cancelled by an interrupt, and leaves nothing behind', async () => {
    const slow = await modelFolder({
      network: thresholdNetwork(1.2),
      manifest: manifest({ inference: { kind: 'patch', patch: [8, 8, 8], step: 0.25 } }),
    })
    const { child, ended } = await startEmend([
      ...['segment', nifti, '--out', join(folder, 'cancelled.nii.gz'), '--model', slow, '--device', 'cpu'],
    ])
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('network')) resolve()
      })
    })
    child.kill('SIGINT')
    const { status, stderr } = await ended
    expect(status).toBe(130)
    expect(stderr).toMatch(/emend: cancelled\n$/)
    expect((await readdir(folder)).filter((name) => name.includes('cancelled'))).toEqual([])
  })
})

describe('emend phantom, evaluate and fuse', () => {
  it('make a data set, score one against itself, and lay verified masks over others', async () => {
    const data = join(folder, 'phantoms')
    const made = await emend(
      'phantom',
      '--count',
      '1',
      '--out',
      data,
      '--spacing',
      '16,16,20',
      '--dims',
      '24,24,15',
      '--dicom',
    )
    expect(made.status).toBe(0)
    const labels = join(data, 'labelsTr')
    const { volumes } = JSON.parse((await emend('info', join(data, 'dicom'), '--json')).stdout)
    expect(volumes[0].dims).toEqual([24, 24, 15])

    const csv = join(folder, 'scores.csv')
    const scored = await emend('evaluate', '--reference', labels, '--prediction', labels, '--json', '--out', csv)
    expect(JSON.parse(scored.stdout).mean.liver).toMatchObject({ dsc: 1, nsd: 1 })
    expect(await readFile(csv, 'utf8')).toMatch(/^case,structure,dsc,nsd,hd95\nphantom-0001,liver,1\.0000/)

    const summary = join(folder, 'summary.csv')
    const both = ['--reference', labels, '--prediction', labels]
    const compared = await emend('evaluate', ...both, '--against', labels, '--summary', summary)
    expect(compared.stdout).toMatch(/more than the other.*HD95 mm/)
    expect(await readFile(summary, 'utf8')).toMatch(
      /^structure,cases,.*more_hd95_high,ahead,behind\nliver,1,1,1\.0000,.*,0,0\n/,
    )

    const truth = join(labels, 'phantom-0001.nii.gz')
    const reference = await loadLabelMap(truth)
    const empty = join(folder, 'empty.nii.gz')
    await saveNifti(empty, { ...reference, data: new Uint8Array(reference.data.length) })
    const out = join(folder, 'fused.nii.gz')
    const names = ['--verified-structures', 'liver', '--absent-structures', 'lesion']
    const fused = await emend('fuse', '--verified', truth, ...names, '--pseudo', empty, '--out', out, '--json')
    expect(fused.status).toBe(0)
    const { data: result } = await loadLabelMap(out)
    const liver = reference.data.reduce((count, id) => count + Number(id === 1), 0)
    expect(JSON.parse(fused.stdout).voxels.liver).toBe(liver)
    expect(result.every((id, n) => (id === 1) === (reference.data[n] === 1))).toBe(true)

    const wrong = await emend(
      'fuse',
      '--verified',
      truth,
      '--verified-structures',
      'livr',
      '--pseudo',
      empty,
      '--out',
      out,
    )
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("no structure 'livr'")])
  })
})
