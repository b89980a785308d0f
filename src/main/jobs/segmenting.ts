import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import type { Work } from '../../shared/progress'
import { encodeUncertainty, ONE_BIT } from '../../shared/uncertainty'
import { resolveDevice } from '../graph/devices'
import { voxelCounts } from '../library/agreement'
import { getCase, readCaseImage } from '../library/cases'
import type { Library } from '../library/library'
import { currentModel, modelReference } from '../library/models'
import { schemaInUse } from '../library/schemas'
import { loadModel, offeredStructures, type Model } from '../segmentation/model'
import { openNetwork, type Network } from '../segmentation/network'
import { segment, type SegmentationReport } from '../segmentation/segment'
import { uncertaintyMap } from '../segmentation/uncertaintyMap'
import { addModelLabels, type Proposal } from './modelLabels'
import type { JobContext } from './verbs'
import { librarySchema } from '../library/structures'

/** The library's current model, its network open. */
export interface Segmenter {
  /** 'name@version' */
  readonly reference: string
  readonly model: Model
  readonly network: Network
}

/**
 * Opens the current model of a schema, the library's own where left out, on the fastest device that works.
 * @throws EmendError where there is none.
 */
export async function openSegmenter(
  { library, devices }: JobContext,
  schema: string = schemaInUse(library),
): Promise<Segmenter> {
  const version = currentModel(library, schema)
  if (!version) {
    throw new EmendError(`there is no model to segment with by the schema ${schema}`, {
      hint: 'draw some cases and train one under Learning, or choose one there',
    })
  }
  const model = await loadModel(version.folder)
  const network = await openNetwork(model, { device: resolveDevice('auto', devices) })
  return { reference: modelReference(version), model, network }
}

/**
 * Labels a case anew. Verified structures stay as they are.
 *
 * @param unasked nobody asked for it at this case: one with unsaved edits is left alone
 * @throws EmendError where the model labels by another schema than the case; UnsavedEditsError where it is left alone
 */
export async function labelCase(
  library: Library,
  caseId: string,
  { reference, model, network }: Segmenter,
  work: Work,
  { unasked = false }: Pick<Proposal, 'unasked'> = {},
): Promise<SegmentationReport> {
  const { schema, title } = getCase(library, caseId)
  if (model.manifest.schema !== schema) {
    throw new EmendError(`${reference} labels by the schema ${model.manifest.schema}, the case ${title} by ${schema}`)
  }
  work.report({ phase: 'reading', done: 0, total: 1 })
  const image = await readCaseImage(library, caseId)
  work.signal.throwIfAborted()
  const { labels, report, uncertainty, likeliest } = await segment(image, model, { network, work, uncertainty: true })
  work.signal.throwIfAborted()
  work.report({ phase: 'saving', done: 0, total: 1 })
  const offered = offeredStructures(model).map((structure) => structure.name)
  const doubts =
    uncertainty && likeliest
      ? uncertaintyMap(uncertainty, likeliest, network.classes, librarySchema(library, schema))
      : null
  const proposal = {
    model: reference,
    offered,
    labels,
    unasked,
    ...(doubts && likeliest
      ? {
          uncertainty: encodeUncertainty(doubts),
          doubt: meanDoubt(doubts.bits, likeliest.data, librarySchema(library, schema)),
        }
      : {}),
  }
  await addModelLabels(library, caseId, proposal, librarySchema(library, schema))
  return report
}

/** Mean entropy over the voxels that are most likely a structure's, bits; nothing for those that have none. */
function meanDoubt(bits: Uint8Array, likeliest: Uint8Array, { structures }: LabelSchema): Record<string, number> {
  const sums = new Float64Array(256)
  for (let voxel = 0; voxel < bits.length; voxel++) sums[likeliest[voxel]] += bits[voxel]
  const counts = voxelCounts(likeliest)
  const found = structures.filter(({ id }) => counts[id] > 0)
  return Object.fromEntries(found.map(({ id, name }) => [name, sums[id] / counts[id] / ONE_BIT]))
}

/** Labels a case with the library's current model; returns what came out in one line. */
export async function segmentCase(caseId: string, context: JobContext): Promise<string> {
  const { library, work, changed } = context
  const segmenter = await openSegmenter(context, getCase(library, caseId).schema)
  try {
    const { structures, seconds, device } = await labelCase(library, caseId, segmenter, work)
    changed([caseId])
    const offered = Object.values(structures)
    const found = offered.filter(({ volumeMl }) => volumeMl > 0).length
    const where = `in ${seconds.total.toFixed(1)} s on ${device}`
    return `${segmenter.reference} found ${found} of ${offered.length} structures ${where}`
  } finally {
    await segmenter.network.close()
  }
}
