import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { blobs } from '../learning/blobs'
import { emend } from './emend'

let folder: string
let data: string
let open: string
let recipe: string
let teacher: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-methods-'))
  data = join(folder, 'data')
  open = join(folder, 'open')
  for (const part of ['imagesTr', 'labelsTr']) await mkdir(join(data, part), { recursive: true })
  await mkdir(open)
  for (const seed of [1, 2, 3]) {
    const { image, labels } = blobs(seed)
    await saveNifti(join(data, 'imagesTr', `blobs${seed}_0000.nii.gz`), image)
    await saveNifti(join(data, 'labelsTr', `blobs${seed}.nii.gz`), labels)
  }
  for (const seed of [11, 12]) await saveNifti(join(open, `open${seed}.nii.gz`), blobs(seed).image)
  await writeFile(join(folder, 'held.txt'), 'blobs3\n')
  recipe = join(folder, 'recipe.json')
  teacher = join(folder, 'teacher')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const common = () => ['--data', data, '--schema', 'hippocampus', '--device', 'cpu', '--json']
const run = async (...args: string[]) => {
  const { status, stdout, stderr } = await emend(...args)
  expect(stderr.split('\n').filter((line) => line.startsWith('emend:'))).toEqual([])
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

describe('the methods from the shell', () => {
  it('plan a recipe, and train by it', async () => {
    const planned = await run(
      'plan',
      '--data',
      data,
      '--schema',
      'hippocampus',
      '--base',
      '4',
      '--out',
      recipe,
      '--json',
    )
    expect(planned.recipe.preprocess.grid).toEqual({ kind: 'spacing', mm: [1, 1, 1] })
    expect(planned.bytes).toBeGreaterThan(1e8)
    const trained = await run(
      'train',
      ...common(),
      '--recipe',
      recipe,
      '--steps',
      '40',
      '--hold-out',
      join(folder, 'held.txt'),
      '--out',
      teacher,
    )
    expect(trained.steps).toBe(40)
    expect(trained.waitingShare).toBeLessThan(1)
  })

  it('label what nobody labelled, and train on that and on images alone', async () => {
    const pseudo = join(folder, 'pseudo')
    const { cases } = await run(
      'pseudo-label',
      '--images',
      open,
      '--model',
      teacher,
      '--out',
      pseudo,
      '--reject',
      '1',
      '--least-voxels',
      '0',
      '--device',
      'cpu',
      '--json',
    )
    expect(Object.keys(cases)).toEqual(['open11', 'open12'])
    expect((await readdir(join(pseudo, 'labelsTr'))).sort()).toEqual(['open11.nii.gz', 'open12.nii.gz'])
    const out = join(folder, 'semi')
    await run(
      'train',
      ...common(),
      '--recipe',
      recipe,
      '--steps',
      '2',
      '--pseudo',
      pseudo,
      '--unlabeled',
      open,
      '--hold-out',
      join(folder, 'held.txt'),
      '--out',
      out,
    )
    const { semi } = JSON.parse(await readFile(join(out, 'recipe.json'), 'utf8'))
    expect(semi.kind).toBe('mean-teacher')
    const evaluated = await run(
      'evaluate',
      '--reference',
      join(pseudo, 'labelsTr'),
      '--prediction',
      join(pseudo, 'joint'),
      '--against',
      join(pseudo, 'labelsTr'),
      '--schema',
      'hippocampus',
      '--pictures',
      join(folder, 'pictures'),
      '--images',
      open,
      '--json',
    )
    expect(evaluated.intervals.organs.cases).toBe(2)
    expect(Object.keys(evaluated.cases.open11)).toHaveLength(2)
    expect(evaluated.differences.organs.dsc.mean).toBeLessThanOrEqual(0)
    expect((await readdir(join(folder, 'pictures'))).filter((name) => name.endsWith('.png'))).toHaveLength(2)
  })

  it('train the folds of a cross-validation, whose disagreement tells where they doubt', async () => {
    const held = ['--hold-out', join(folder, 'held.txt')]
    const folds = [1, 2].map((fold) => join(folder, `fold-${fold}`))
    for (const [n, out] of folds.entries()) {
      const part = ['--folds', '2', '--fold', `${n + 1}`, '--seed', '5', '--steps', '2', '--out', out]
      await run('train', ...common(), '--recipe', recipe, ...held, ...part)
    }
    const manifests = await Promise.all(
      folds.map(async (out) => JSON.parse(await readFile(join(out, 'model.json'), 'utf8'))),
    )
    const left = manifests.map(({ provenance }) => provenance.fold)
    expect(left).toMatchObject([1, 2].map((fold) => ({ folds: 2, fold, seed: 5 })))
    expect([...left[0].cases, ...left[1].cases].sort()).toEqual(['blobs1', 'blobs2'])
    for (const { name, provenance, scores } of manifests) {
      expect(provenance.cases.map((c: { id: string }) => c.id)).not.toEqual(provenance.fold.cases)
      expect(provenance.cases).toHaveLength(1)
      expect(scores.holdOut).toMatch(/^fold-[12]-of-2-/)
      expect(name).toBe(`planned-hippocampus-tiny-fold-${provenance.fold.fold}`)
    }
    const labels = ['--images', open, '--reject', '1', '--device', 'cpu', '--json']
    const { cases } = await run('pseudo-label', ...labels, '--model', folds.join(), '--out', join(folder, 'by-folds'))
    expect(cases.open11.doubts.structures['anterior-hippocampus'].disagreement).not.toBeNull()

    const wrong = await emend('train', ...common(), '--folds', '2', '--fold', '3', '--out', join(folder, 'x'))
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/--fold 3: there are 2 folds/)])
    const alone = await emend('train', ...common(), '--fold', '1', '--out', join(folder, 'x'))
    expect(alone.stderr).toMatch(/--folds and --fold belong together/)
    const init = ['--init', folds[0], '--recipe', recipe, '--folds', '2', '--fold', '2', '--seed', '5']
    const leaking = await emend('train', ...common(), ...held, ...init, '--steps', '1', '--out', join(folder, 'x'))
    expect(leaking.stderr).toMatch(/was trained on blobs[12], which is in the hold-out/)
  })

  it('score only what a partly annotated data set has annotated', async () => {
    const labels = join(data, 'labelsTr')
    const annotated = { blobs1: ['anterior-hippocampus'] }
    const ids = { background: 0, 'anterior-hippocampus': 1, 'posterior-hippocampus': 2 }
    await writeFile(join(data, 'dataset.json'), JSON.stringify({ labels: ids, annotated }))
    const { cases } = await run(
      ...['evaluate', '--reference', labels, '--prediction', labels, '--schema', 'hippocampus', '--json'],
    )
    expect(Object.keys(cases.blobs1)).toEqual(['anterior-hippocampus'])
    expect(Object.keys(cases.blobs2)).toHaveLength(2)
    await rm(join(data, 'dataset.json'))
  })

  it('distil a student, and tell what it keeps', async () => {
    const out = join(folder, 'student')
    const { report } = await run(
      'distill',
      '--teacher',
      teacher,
      ...common(),
      '--recipe',
      recipe,
      '--steps',
      '3',
      '--unlabeled',
      open,
      '--hold-out',
      join(folder, 'held.txt'),
      '--out',
      out,
    )
    expect(report.cases).toBe(1)
    expect(JSON.parse(await readFile(join(out, 'distillation.json'), 'utf8'))).toEqual(report)
    const again = await emend(
      'distill',
      '--teacher',
      teacher,
      ...common(),
      '--temperature',
      '1',
      '--out',
      join(folder, 'x'),
    )
    expect(again.status).toBe(2)
    expect(again.stderr).toMatch(/--temperature 1: it is two numbers/)
  })
})
