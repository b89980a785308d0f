import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { readDataset } from '../../../src/main/learning/dataset'
import { dataPath } from '../../data'
import { blobs } from './blobs'

let folder: string
const description = (changes: object = {}) => ({
  channel_names: { '0': 'MRI' },
  labels: { background: 0, 'anterior-hippocampus': 7, 'posterior-hippocampus': 2 },
  schema: 'hippocampus',
  ...changes,
})
const describeAs = (value: unknown) => writeFile(join(folder, 'dataset.json'), JSON.stringify(value))

async function write(id: string, label: (id: number) => number = (n) => (n === 1 ? 7 : n)): Promise<void> {
  const { image, labels } = blobs(id.length, 6)
  await saveNifti(join(folder, 'imagesTr', `${id}_0000.nii.gz`), image)
  await saveNifti(join(folder, 'labelsTr', `${id}.nii.gz`), { ...labels, data: labels.data.map(label) })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-dataset-'))
  for (const name of ['imagesTr', 'labelsTr', 'imagesUn']) await mkdir(join(folder, name))
  await describeAs(description({ annotated: { bb: ['posterior-hippocampus'] } }))
  await write('a')
  await write('bb')
})

describe('a data set', () => {
  it("reads nnU-Net's layout, with the schema's ids", async () => {
    await saveNifti(join(folder, 'imagesUn', 'new_0000.nii.gz'), blobs(9, 6).image)
    const { cases, unlabelled, schema } = await readDataset(folder)
    expect(schema.name).toBe('hippocampus')
    expect(cases.map((c) => [c.id, c.annotated])).toEqual([
      ['a', null],
      ['bb', ['posterior-hippocampus']],
    ])
    expect(unlabelled).toEqual([{ id: 'new', path: join(folder, 'imagesUn', 'new_0000.nii.gz') }])
    const { image, labels } = await cases[0].load()
    expect(image.dims).toEqual([6, 6, 6])
    expect(labels.data).toEqual(blobs(1, 6).labels.data)
  })

  it('says whom cases are of, where its description does', async () => {
    await describeAs(description({ patients: { a: 'somebody' } }))
    expect((await readDataset(folder)).cases.map((c) => c.patient)).toEqual(['somebody', undefined])
    await describeAs(description({ patients: { c: 'somebody' } }))
    await expect(readDataset(folder)).rejects.toThrow(/lists 'c', but there is no such case/)
  })

  it("reads version 1 of nnU-Net's description", async () => {
    await describeAs({ labels: { '0': 'background', '7': 'anterior-hippocampus', '2': 'posterior-hippocampus' } })
    const { cases } = await readDataset(folder, { schema: 'hippocampus' })
    expect((await cases[0].load()).labels.data).toEqual(blobs(1, 6).labels.data)
  })

  it('takes the names of a data set of the Medical Segmentation Decathlon, which have no channel', async () => {
    await describeAs({ name: 'BLOBS', modality: { '0': 'MRI' }, labels: { '0': 'background', '1': 'L1', '2': 'L2' } })
    for (const id of ['a', 'bb']) {
      const { image, labels } = blobs(id.length, 6)
      await rm(join(folder, 'imagesTr', `${id}_0000.nii.gz`))
      await saveNifti(join(folder, 'imagesTr', `${id}.nii.gz`), image)
      await saveNifti(join(folder, 'labelsTr', `${id}.nii.gz`), labels)
    }
    const { cases, schema, modality } = await readDataset(folder)
    expect([schema.name, modality, cases.map(({ id }) => id)]).toEqual(['blobs', 'MR', ['a', 'bb']])
    expect((await cases[1].load()).labels.data).toEqual(blobs(2, 6).labels.data)
  })

  it('asks for the schema where there is no description', async () => {
    await rm(join(folder, 'dataset.json'))
    await expect(readDataset(folder)).rejects.toThrow(/does not say which label schema/)
  })

  it.each([
    ['structure of no schema', description({ labels: { knee: 1 } }), /dataset\.json: .*no structure 'knee'/],
    ['annotated case that is not there', description({ annotated: { c: [] } }), /lists 'c', but there is no such case/],
    ['annotated structure that is none', description({ annotated: { a: ['knee'] } }), /no structure 'knee'/],
    ['second channel', description({ channel_names: { '0': 'T1', '1': 'T2' } }), /has 2 image channels/],
    ['missing labels', { schema: 'hippocampus' }, /dataset\.json is not valid: labels/],
  ])('refuses a description with a %s', async (_, value, message) => {
    await describeAs(value)
    await expect(readDataset(folder)).rejects.toThrow(message)
  })

  it('names the label file that is missing, and the one that is too many', async () => {
    await rm(join(folder, 'labelsTr', 'a.nii.gz'))
    await expect(readDataset(folder)).rejects.toThrow(/no labels for a: .*labelsTr.a\.nii\.gz is missing/)
    await write('a')
    await rm(join(folder, 'imagesTr', 'a_0000.nii.gz'))
    await expect(readDataset(folder)).rejects.toThrow(/labelsTr.a\.nii\.gz has no image/)
  })

  it('refuses a voxel value that stands for nothing, and labels on another grid', async () => {
    await write('a', (id) => (id === 1 ? 4 : id))
    const { cases } = await readDataset(folder)
    await expect(cases[0].load()).rejects.toThrow(/a\.nii\.gz holds the voxel value 4/)
    await saveNifti(join(folder, 'labelsTr', 'a.nii.gz'), blobs(1, 5).labels)
    await expect(cases[0].load()).rejects.toThrow(/another grid .* 5x5x5 voxels .* against 6x6x6/)
  })

  it('says what a folder lacks that is no data set', async () => {
    await rm(folder, { recursive: true })
    await expect(readDataset(folder, { schema: 'hippocampus' })).rejects.toThrow(
      /is not a data set: there is no images/,
    )
  })

  it.skipIf(!dataPath('hippocampus'))('reads plain images and labels', async () => {
    const { cases } = await readDataset(dataPath('hippocampus') ?? '', { schema: 'hippocampus' })
    expect(cases).toHaveLength(200)
    const { image, labels } = await cases[0].load()
    expect(labels.dims).toEqual(image.dims)
    expect([...new Set(labels.data)].sort()).toEqual([0, 1, 2])
  })
})
