import { EmendError } from '../../shared/errors'
import type { Library } from '../library/library'
import { currentModel, listModels, modelNamed, modelReference } from '../library/models'
import { setTeachingModel, teachingModel, type Teaching } from '../library/teaching'
import { loadModel, modelId, type Model } from '../segmentation/model'

/**
 * Has a model of the library teach the current one from the next turn of the cycle on; null: none does.
 * @throws EmendError in one line where it cannot
 */
export async function chooseTeacher(library: Library, teaching: Teaching | null): Promise<void> {
  const before = teachingModel(library)
  if (teaching) {
    const reference = modelReference(teaching)
    if (!listModels(library).some((row) => modelReference(row) === reference)) {
      throw new EmendError(`the library has no model ${reference}`, { hint: "'emend library models' names them" })
    }
    const student = currentModel(library)
    if (!student) throw new EmendError('there is no model to teach', { hint: 'choose one to use first' })
    const teacher = await loadModel(modelNamed(library, reference).folder)
    requireTeacher(await loadModel(student.folder), teacher)
  }
  if (before === null && teaching === null) return
  setTeachingModel(library, teaching, teaching ? 'chosen by hand' : 'none from now on')
}

/** @throws EmendError in one line where a model cannot be the other's teacher in the cycle. */
export function requireTeacher(student: Model, teacher: Model, learned = teacher.manifest.channels): void {
  const { name, schema, channels } = student.manifest
  const { manifest } = teacher
  if (manifest.name === name) throw cannotTeach(teacher, student, 'they are versions of one model')
  if (manifest.schema !== schema) {
    throw cannotTeach(teacher, student, `it labels by the schema ${manifest.schema}, not ${schema}`)
  }
  if (manifest.network.kind === 'foreign') {
    throw cannotTeach(teacher, student, 'its network was made elsewhere, and cannot be trained on')
  }
  const unknown = channels.find((channel) => !learned.includes(channel))
  if (unknown !== undefined) throw cannotTeach(teacher, student, `it does not know ${unknown}`)
}

function cannotTeach(teacher: Model, student: Model, why: string): EmendError {
  return new EmendError(`${modelId(teacher)} cannot teach ${modelId(student)}: ${why}`, {
    hint: "choose another teacher, or none: 'emend library teacher none'",
  })
}
