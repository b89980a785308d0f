import { EmendError } from '../../shared/errors'
import { schemaNamed } from '../../shared/labels/builtin'
import { resolveDevice } from '../graph/devices'
import { getCase, readCaseImage } from '../library/cases'
import { currentModel, modelReference } from '../library/models'
import { loadModel, offeredStructures } from '../segmentation/model'
import { segment } from '../segmentation/segment'
import { addModelLabels } from './modelLabels'
import type { JobContext } from './verbs'

/**
 * Labels a case with the library's current model. Verified structures stay as they are.
 *
 * @throws EmendError where there is no current model, or it labels by another schema than the case.
 */
export async function segmentCase(caseId: string, { library, work, devices, changed }: JobContext): Promise<string> {
  const version = currentModel(library)
  if (!version) {
    throw new EmendError('there is no model to segment with', { hint: 'choose a model under Learning, or train one' })
  }
  const row = getCase(library, caseId)
  work.report({ phase: 'reading', done: 0, total: 1 })
  const model = await loadModel(version.folder)
  if (model.manifest.schema !== row.schema) {
    throw new EmendError(
      `${modelReference(version)} labels by the schema ${model.manifest.schema}, the case ${row.title} by ${row.schema}`,
    )
  }
  const image = await readCaseImage(library, caseId)
  work.signal.throwIfAborted()
  const device = resolveDevice('auto', devices)
  const { labels, report } = await segment(image, model, { device, work })
  work.signal.throwIfAborted()
  work.report({ phase: 'saving', done: 0, total: 1 })
  const offered = offeredStructures(model).map((structure) => structure.name)
  await addModelLabels(library, caseId, { model: modelReference(version), offered, labels }, schemaNamed(row.schema))
  changed([caseId])
  const found = Object.values(report.structures).filter((structure) => structure.volumeMl > 0).length
  return `${modelReference(version)} found ${found} of ${offered.length} structures in ${report.seconds.total.toFixed(1)} s on ${report.device}`
}
