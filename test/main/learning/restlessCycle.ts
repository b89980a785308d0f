import { existsSync } from 'node:fs'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { endRun, unfinishedRun } from '../../../src/main/learning/cycleFile'
import { chooseTeacher } from '../../../src/main/learning/teacherChoice'
import { train } from '../../../src/main/learning/train'
import { addCase, listCases, setRole } from '../../../src/main/library/cases'
import { openLibrary } from '../../../src/main/library/library'
import { currentModel, listModels, registerModel } from '../../../src/main/library/models'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { teachingModel } from '../../../src/main/library/teaching'
import type { Statuses } from '../../../src/shared/labels/status'
import { blobData, blobRecipe, blobs, schema } from './blobs'

/**
 * A site that does everything one after the other, to be killed: `restlessCycle.js ROOT MODEL TURNS [TEACHER]`, the model's
 * and the teacher's folders, made where there are none; every step leaves a checkpoint. It takes up what an
 * earlier one left: imports and saves cases until each turn has its own, then learns. What it finished it says on stdout.
 */
const [root, modelFolder, turns, teacherFolder] = process.argv.slice(2)
const statuses: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function makeModel(folder: string, name: string, base: number): Promise<void> {
  if (existsSync(folder)) return
  const identity = { name, version: 1, title: name, licence: 'CC0-1.0', attribution: 'made up' }
  const network = { kind: 'unet', base, maxChannels: 4 * base, levels: 3, stemStride: 1 } as const
  const recipe = blobRecipe(20, { network, corrections: { steps: 4, learningRate: 5e-3 } })
  await train({ ...blobData, holdOut: null }, { recipe, seed: base, out: folder, identity })
}

await makeModel(modelFolder, 'blobs', teacherFolder === undefined ? 8 : 4)
if (teacherFolder !== undefined) await makeModel(teacherFolder, 'teacher', 8)
const library = openLibrary(root, { user: 'restless' })
say('open')
if (!currentModel(library)) await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
if (teacherFolder !== undefined && !teachingModel(library)) {
  const isThere = listModels(library).some(({ name }) => name === 'teacher')
  if (!isThere) await registerModel(library, teacherFolder, { promoted: true, use: false, verdict: 'added' })
  await chooseTeacher(library, { name: 'teacher', version: 1 })
}
say('model 1')

async function readCase(seed: number): Promise<void> {
  const { image, labels } = blobs(seed)
  const imported = { modality: 'CT', description: `blobs ${seed}`, volume: image, warnings: [] }
  const { id } = await addCase(library, imported, { schema: schema.name })
  say(`case ${id}`)
  if (listCases(library).find((row) => row.id === id)?.revision === null) {
    const made = { parent: null, origin: 'reader', model: null, statuses, edited: [] } as const
    const revision = await addRevision(library, { caseId: id, ...made, labels })
    say(`revision ${id}/${revision.id}`)
  }
  setStatus(library, id, 'anterior-hippocampus', 'corrected')
  say(`status ${id}`)
  if (seed < 100) setRole(library, id, 'hold-out')
}

await readCase(31)
// As the job does: a turn whose model is in the library has only its open cases left to label.
const begun = unfinishedRun(library)
if (begun?.file.state === 'registered') await endRun(begun, 'done')
for (let turn = 0; turn < Number(turns); turn++) {
  await readCase(200 + (Date.now() % 100_000))
  const { model, run } = await learnFromCorrections(library, { threads: 1, checkpointSeconds: 0 })
  say(`learned ${model.version}`)
  await endRun(run, 'done')
  say(`turn ${turn}`)
}
library.close()
