import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { learnAndApply } from '../../../src/main/jobs/learning'
import { segmentCase } from '../../../src/main/jobs/segmenting'
import type { JobContext } from '../../../src/main/jobs/verbs'
import { readCard } from '../../../src/main/learning/card'
import { unfinishedRun } from '../../../src/main/learning/cycleFile'
import { learnFirst } from '../../../src/main/learning/firstTurn'
import { planLearning } from '../../../src/main/learning/learningPlan'
import { addCase, getCase } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { currentModel, listModels } from '../../../src/main/library/models'
import { addRevision } from '../../../src/main/library/revisions'
import { useSchema } from '../../../src/main/library/schemas'
import { addSchema } from '../../../src/main/library/structures'
import { loadModel } from '../../../src/main/segmentation/model'
import type { Statuses } from '../../../src/shared/labels/status'
import { unwatched, type Progress, type Work } from '../../../src/shared/progress'
import { blobs } from './blobs'

const bothDrawn: Statuses = { 'dim-ball': 'accepted', 'bright-ball': 'corrected' }
const ball = (title: string, color: string) => ({ title, color, kind: 'organ', code: null }) as const
const folders: string[] = []
let library: Library

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emend first ä-'))
  folders.push(folder)
  library = openLibrary(folder, { user: 'anna' })
  addSchema(library, { title: 'Balls', structures: [ball('Dim ball', '#aa5500'), ball('Bright ball', '#00aa55')] })
  useSchema(library, 'balls')
})
afterEach(() => library.close())
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function addBalls(seed: number, statuses: Statuses | null, patientId = ''): Promise<string> {
  const { image, labels } = blobs(seed, 20)
  const dicom = { identity: { patientId } } as never
  const imported = { modality: 'CT', description: `balls ${seed}`, volume: image, warnings: [], dicom }
  const { id } = await addCase(library, imported, { schema: 'balls' })
  const made = { parent: null, origin: 'reader', model: null, edited: [] } as const
  if (statuses) await addRevision(library, { caseId: id, ...made, statuses, labels })
  return id
}

class Killed extends Error {}

/** A process that dies when `at` says so: nobody cleans up. */
const dyingWork = (at: (progress: Progress) => boolean): Work => ({
  signal: new AbortController().signal,
  report: (progress) => {
    if (at(progress)) throw new Killed(progress.phase)
  },
})

const context = (): JobContext => ({
  library,
  work: unwatched,
  devices: [{ device: 'cpu', works: true, reason: null, msPerStep: null }],
  changed: () => undefined,
})

describe('the first model of a schema', () => {
  it('is made from what was drawn, scored on a case that it never saw, and offered at once', async () => {
    const drawn = [await addBalls(1, bothDrawn), await addBalls(2, bothDrawn), await addBalls(3, bothDrawn)]
    const fresh = await addBalls(9, null)
    const plan = await planLearning(library)
    expect(plan).toMatchObject({ model: null, obstacle: null, steps: 400 })
    expect([plan.cases.length, plan.holdOut.length]).toEqual([2, 1])
    expect(await learnAndApply(context(), { steps: 40 })).toMatch(/^balls@1: promoted: the first of its schema/)

    expect(currentModel(library)).toMatchObject({ name: 'balls', version: 1 })
    expect(plan.holdOut.map((id) => getCase(library, id).role)).toEqual(['hold-out'])
    const { manifest } = await loadModel(currentModel(library)?.folder ?? '')
    expect(manifest).toMatchObject({ schema: 'balls', channels: ['background', 'dim-ball', 'bright-ball'] })
    expect(manifest.structures?.map(({ id, title }) => [id, title])).toEqual([[1, 'Dim ball'], [2, 'Bright ball']]) // prettier-ignore
    const card = await readCard(library, 'balls', 1)
    expect(card).toMatchObject({ parents: [], recipe: 'planned-balls-tiny', steps: 40, holdOut: { cases: plan.holdOut } }) // prettier-ignore
    expect(card?.cases.map(({ id }) => id).sort()).toEqual(drawn.filter((id) => !plan.holdOut.includes(id)).sort())
    expect(card?.structures.map(({ structure, cases }) => [structure, cases])).toEqual([['dim-ball', 1], ['bright-ball', 1]]) // prettier-ignore
    // What it does, it does in a case that nobody has drawn in.
    expect(await segmentCase(fresh, context())).toMatch(/^balls@1 found \d of 2 structures/)
    expect(getCase(library, fresh)).toMatchObject({ model: 'balls@1', schema: 'balls' })
    // From here on the cycle trains it on.
    expect(await planLearning(library)).toMatchObject({ model: 'balls@1', obstacle: null, holdOut: plan.holdOut })
  }, 120_000)

  it.each<[string, (progress: Progress) => boolean]>([
    ['while the cases are looked at', ({ phase }) => phase === 'looking at the data'],
    ['while cases are prepared', ({ phase }) => phase === 'preparing'],
    ['while it is scored', ({ phase }) => phase === 'scoring'],
  ])(
    'goes on where it was killed: %s',
    async (_when, at) => {
      for (const seed of [1, 2, 3]) await addBalls(seed, bothDrawn)
      const plan = await planLearning(library)
      await expect(learnFirst(library, { steps: 8 }, dyingWork(at))).rejects.toThrow(Killed)
      expect(unfinishedRun(library)?.file).toMatchObject({ base: 'balls', state: 'running' })
      // What is drawn meanwhile is for the next turn.
      await addBalls(4, bothDrawn)
      const { cases, holdOut } = await learnFirst(library, { steps: 8 })
      expect([...cases].sort()).toEqual(plan.cases.map(({ id }) => id).sort())
      expect(holdOut).toMatch(/^library-1-/)
      expect(listModels(library).map(({ name, version }) => `${name}@${version}`)).toEqual(['balls@1'])
    },
    60_000,
  )

  it('learns what each case was verified for, where that is not everything', async () => {
    await addBalls(1, bothDrawn)
    await addBalls(2, { 'dim-ball': 'accepted' })
    await addBalls(3, bothDrawn)
    const { run } = await learnFirst(library, { steps: 4 })
    expect(run.file.first?.recipe).toMatchObject({ partialLabels: 'marginal', length: { unit: 'steps', steps: 4 } })
  }, 60_000)

  it('does not offer what no held-out case shows and it does not follow itself', async () => {
    // The one that shows most is held out: it is the last that a rare structure is left in.
    await addBalls(1, { 'dim-ball': 'accepted' })
    await addBalls(2, bothDrawn)
    const { model, verdict, after } = await learnFirst(library, { steps: 1 })
    expect(Object.keys(after)).not.toContain('bright-ball')
    expect(verdict).toMatch(/; bright-ball is not offered: DSC 0\.\d+ on 1 case that it was taught/)
    const made = await loadModel(model.folder)
    expect([made.manifest.channels, made.manifest.withheld]).toEqual([['background', 'dim-ball', 'bright-ball'], ['bright-ball']]) // prettier-ignore
  }, 60_000)

  it('holds all of a patient’s cases out, or none', async () => {
    const jane = [await addBalls(1, bothDrawn, 'Jane'), await addBalls(2, bothDrawn, 'Jane')]
    const john = [await addBalls(3, bothDrawn, 'John'), await addBalls(4, bothDrawn, 'John')]
    const { cases, holdOut, verified } = await planLearning(library)
    const sides = [cases.map(({ id }) => id).sort(), [...holdOut].sort()]
    expect(sides).toEqual(expect.arrayContaining([jane.sort(), john.sort()]))
    expect(verified).toBe(2)
  })

  it('says what is missing', async () => {
    expect((await planLearning(library)).obstacle).toMatch(/^there is nothing to learn Balls from yet/)
    await addBalls(1, bothDrawn)
    expect((await planLearning(library)).obstacle).toMatch(/verify one case more with Dim ball, Bright ball/)
    await addBalls(2, { 'dim-ball': 'accepted', 'bright-ball': 'absent' })
    // Held out is the case without which the other still shows every structure.
    const plan = await planLearning(library)
    expect([plan.obstacle, plan.cases.length, plan.holdOut.length]).toEqual([null, 1, 1])
    await expect(segmentCase(await addBalls(9, null), context())).rejects.toThrow(/no model to segment with by the schema balls/) // prettier-ignore
  })
})
