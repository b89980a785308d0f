import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Statuses } from '../../../src/shared/labels/status'
import { readCard } from '../../../src/main/learning/card'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { missingHeldOut } from '../../../src/main/learning/damagedCases'
import { leftOutLine } from '../../../src/shared/modelCardWords'
import { learnFirst } from '../../../src/main/learning/firstTurn'
import { train } from '../../../src/main/learning/train'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { useSchema } from '../../../src/main/library/schemas'
import { blobData, blobRecipe, blobs, schema } from './blobs'

const both: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
let scratch: string
let modelFolder: string
let library: Library

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'emend-damaged ä-'))
  modelFolder = join(scratch, 'model')
  const recipe = blobRecipe(20, { corrections: { steps: 12, learningRate: 5e-3 } })
  await train({ ...blobData, holdOut: null }, { recipe, seed: 1, out: modelFolder, identity })
})
beforeEach(async () => {
  library = openLibrary(await mkdtemp(join(scratch, 'library-')), { user: 'anna' })
  await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
})
afterEach(() => library.close())
afterAll(() => rm(scratch, { recursive: true, force: true }))

async function addBlobs(seed: number, role: 'work' | 'hold-out' = 'work', statuses = both): Promise<string> {
  const { image, labels } = blobs(seed)
  const imported = { modality: 'CT', description: `blobs ${seed}`, volume: image, warnings: [] }
  const { id } = await addCase(library, imported, { schema: schema.name })
  const made = { parent: null, origin: 'reader', model: null, statuses, edited: [] } as const
  await addRevision(library, { caseId: id, ...made, labels })
  setRole(library, id, role)
  return id
}

const labelsOf = (id: string): string => libraryPaths.labels(library.root, id, getCase(library, id).revision!)

/** As a copy that broke off leaves it. */
async function halve(path: string): Promise<void> {
  const bytes = readFileSync(path)
  await writeFile(path, bytes.subarray(0, bytes.length / 2))
}

describe('a turn with damaged cases to learn from', () => {
  it('goes on without them, and says so in its record, its card and the audit', async () => {
    await addBlobs(31, 'hold-out')
    const good = [await addBlobs(21), await addBlobs(22)].sort()
    const [cut, gone] = [await addBlobs(23), await addBlobs(24)]
    await halve(labelsOf(cut))
    await rm(libraryPaths.image(library.root, gone))

    const { cases, run, model } = await learnFromCorrections(library, { steps: 2 })
    expect([...cases].sort()).toEqual(good)
    expect(run.file.leftOut?.map(({ id }) => id).sort()).toEqual([cut, gone].sort())
    const card = await readCard(library, model.name, model.version)
    expect(card?.leftOut).toEqual(run.file.leftOut)
    const lines = run.file.leftOut?.map(leftOutLine) ?? []
    expect(lines.find((line) => line.startsWith(`${getCase(library, gone).title} (`))).toMatch(
      /was not learned from: the file .*image\.nii\.gz of the library is missing \(restore it from a backup\)$/,
    )
    expect(lines.find((line) => line.startsWith(`${getCase(library, cut).title} (`))).toMatch(
      /was not learned from: .*\.nii\.gz.*; restore it from a backup$/,
    )
    const begun = listAudit(library).find(({ outcome }) => outcome.startsWith('on 2 cases'))
    expect(begun?.outcome).toContain(lines[0])
  })

  it('is refused where most of them cannot be read', async () => {
    await addBlobs(31, 'hold-out')
    await addBlobs(21)
    for (const id of [await addBlobs(22), await addBlobs(23)]) await rm(labelsOf(id))
    await expect(learnFromCorrections(library, { steps: 2 })).rejects.toThrow(
      /^2 of 3 cases to learn from cannot be read/,
    )
  })

  it('holds none of them out', async () => {
    for (let seed = 41; seed < 52; seed++) await addBlobs(seed)
    const { run } = await learnFromCorrections(library, { steps: 1 })
    const [held] = run.file.holdOut ?? []
    library.close()
    library = openLibrary(await mkdtemp(join(scratch, 'library-')), { user: 'anna' })
    await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
    for (let seed = 41; seed < 52; seed++) await addBlobs(seed)
    await rm(labelsOf(held.id))
    const again = await learnFromCorrections(library, { steps: 1 })
    expect(again.run.file.holdOut).toHaveLength(2)
    expect(getCase(library, held.id).role).toBe('work')
    expect(again.run.file.leftOut).toMatchObject([{ id: held.id, role: 'work' }])
  })

  it('goes on without them where it makes a schema’s first model', async () => {
    useSchema(library, 'head-neck')
    const statuses: Statuses = { brainstem: 'accepted', mandible: 'accepted' }
    const add = async (seed: number): Promise<string> => {
      const { image, labels } = blobs(seed, 20)
      const imported = { modality: 'CT', description: `first ${seed}`, volume: image, warnings: [] }
      const { id } = await addCase(library, imported, { schema: 'head-neck' })
      const made = { parent: null, origin: 'reader', model: null, statuses, edited: [] } as const
      await addRevision(library, { caseId: id, ...made, labels })
      return id
    }
    const ids = [await add(1), await add(2), await add(3), await add(4)]
    await halve(libraryPaths.image(library.root, ids[0]))
    const { cases, run } = await learnFirst(library, { steps: 2 })
    expect(cases).toHaveLength(2)
    expect(run.file.leftOut).toMatchObject([{ id: ids[0] }])
    expect([...cases, ...(run.file.holdOut ?? []).map(({ id }) => id)].sort()).toEqual(ids.slice(1).sort())
  }, 60_000)
})

describe('a turn with damaged cases in the hold-out', () => {
  it('scores both models on the others, and promotes nothing where too much is missing', async () => {
    await addBlobs(21)
    const [kept, damaged] = [await addBlobs(31, 'hold-out'), await addBlobs(32, 'hold-out')]
    await halve(libraryPaths.image(library.root, damaged))
    const { promoted, verdict, run, holdOut } = await learnFromCorrections(library, { steps: 12 })
    expect([Object.keys(run.file.before ?? {}), Object.keys(run.file.after ?? {})]).toEqual([[kept], [kept]])
    expect(holdOut).toMatch(/^library-1-/)
    expect(promoted).toBe(false)
    const { title } = getCase(library, damaged)
    expect(verdict).toBe(`kept out: 1 of 2 held-out cases cannot be read (${title}): restore it from a backup`)
  })

  it('is not judged on phantoms, or on other cases, where none of it can be read', async () => {
    await addBlobs(21)
    const damaged = await addBlobs(31, 'hold-out')
    await rm(labelsOf(damaged))
    await expect(learnFromCorrections(library, { steps: 2 })).rejects.toThrow(
      /^no case of the hold-out can be read: .*is missing/,
    )
  })

  it('knows which structures nobody is left to judge', () => {
    const one = { title: 'A', role: 'hold-out', reason: 'gone' } as const
    const leftOut = [{ ...one, id: 'a', verified: ['liver', 'pancreas'] }]
    expect(missingHeldOut(leftOut, [{ verified: ['liver'] }])).toEqual({ titles: ['A'], of: 2, lost: ['pancreas'] })
    expect(missingHeldOut([{ ...leftOut[0], role: 'work' }], [])).toBeNull()
  })
})
