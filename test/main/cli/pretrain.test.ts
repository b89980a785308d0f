import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeNifti } from '../../../src/main/imaging/nifti'
import { blobRecipe, blobs } from '../learning/blobs'
import { emend } from './emend'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-pretrain-cli-'))
  for (const part of ['imagesTr', 'labelsTr', 'imagesUn']) await mkdir(join(folder, part))
  for (const seed of [1, 2, 3]) {
    const { image, labels } = blobs(seed)
    const gzipped = async (name: string, volume: typeof image): Promise<void> =>
      writeFile(join(folder, name), await writeNifti(volume))
    if (seed === 3) await gzipped(`imagesUn/blobs-${seed}_0000.nii.gz`, image)
    else {
      await gzipped(`imagesTr/blobs-${seed}_0000.nii.gz`, image)
      await gzipped(`labelsTr/blobs-${seed}.nii.gz`, labels)
    }
  }
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(blobRecipe(2)))
})
afterAll(() => rm(folder, { recursive: true }))

const common = (): string[] => ['--data', folder, '--recipe', join(folder, 'recipe.json'), '--device', 'cpu']

describe('emend pretrain', () => {
  it('writes what emend train starts from, and train says what it took over', async () => {
    await writeFile(join(folder, 'held.txt'), 'blobs-2\n')
    const out = join(folder, 'position')
    const pretrained = await emend(
      ...['pretrain', '--method', 'position', ...common(), '--out', out, '--steps', '2', '--json'],
      ...['--hold-out', join(folder, 'held.txt')],
    )
    expect(pretrained.stderr).toMatch(/pre-training/)
    expect(JSON.parse(pretrained.stdout)).toMatchObject({ folder: out, method: 'position', images: 2, steps: 2 })
    const { images } = JSON.parse(await readFile(join(out, 'initialisation.json'), 'utf8'))
    expect(images.toSorted()).toEqual(['blobs-1', 'blobs-3'])
    const again = await emend('pretrain', '--method', 'position', ...common(), '--out', out, '--steps', '2')
    expect([again.status, again.stderr]).toEqual([1, expect.stringMatching(/already holds an initialisation/)])

    const trained = await emend(
      ...['train', ...common(), '--schema', 'hippocampus', '--init', out, '--steps', '1'],
      ...['--out', join(folder, 'model')],
    )
    expect([trained.status, trained.stderr]).toEqual([
      0,
      expect.stringMatching(
        /from blobs-position@1: encoder, decoder taken over \(\d+ weights\); head drawn anew \(2\)/,
      ),
    ])
  })

  it('is told in one line what is missing', async () => {
    const cases: [string[], number, RegExp][] = [
      [['--data', folder, '--out', join(folder, 'x')], 2, /--method is missing/],
      [['--method', 'moco', '--data', folder, '--out', 'x'], 2, /one of genesis, position, region/],
      [['--method', 'genesis', '--data', folder, '--out', join(folder, 'x')], 2, /--recipe is missing/],
      [['--method', 'genesis', ...common(), '--out', join(folder, 'x'), '--patch', '8,8'], 2, /three whole numbers/],
      [['--method', 'genesis', '--data', join(folder, 'no'), '--out', 'x', '--recipe', 'hippocampus'], 1, /no images/],
    ]
    for (const [args, status, message] of cases) {
      const ended = await emend('pretrain', ...args)
      expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)])
      expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    }
  })
})
