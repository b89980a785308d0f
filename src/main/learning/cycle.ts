import { unwatched, type Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { newId } from '../library/ids'
import type { Library } from '../library/library'
import { registerModel, type ModelVersion } from '../library/models'
import { libraryPaths } from '../library/paths'
import type { Scores } from '../segmentation/manifest'
import type { Model } from '../segmentation/model'
import { segment } from '../segmentation/segment'
import { gatherCorrections, type CorrectionOptions } from './corrections'
import { judge } from './gate'
import { fusedCase, verifiedOnlyCase, type VerifiedCase } from './libraryCases'
import { partialLabelsOf } from './partialLabels'
import { scoreModel, scoresOf } from './scoreModel'
import { train } from './train'

export interface CycleOptions extends CorrectionOptions {
  readonly device?: Device
  readonly threads?: number
}

export interface CycleResult {
  /** The new version, in the library. */
  readonly model: ModelVersion
  readonly promoted: boolean
  /** One line: why it was promoted or kept out. */
  readonly verdict: string
  readonly before: Scores
  readonly after: Scores
  /** The library's cases that were learned from. */
  readonly cases: readonly string[]
  readonly holdOut: string
}

/**
 * Turns what readers verified into the next version of the library's current model: verified structures, fused with the
 * model's own pseudo-labels of the rest (or alone, where the recipe says how to learn from partial labels), train it on
 * for a few hundred steps; old and new version are scored on the frozen hold-out; the new one becomes current only where
 * the gate finds it no worse. Either way it is kept, with the verdict.
 *
 * Against forgetting, every verified case of the library is learned from each time, with some phantoms
 * beside them, at most as many, where the model's schema has phantoms. The hold-out is the library's cases of that role that the model has
 * never learned from; where there are none, phantoms with fixed seeds, kept in the library's folder.
 *
 * @throws EmendError where there is no model that can be trained on, nothing verified, or nothing to score on; the
 * signal's reason where it was cancelled.
 */
export async function learnFromCorrections(
  library: Library,
  options: CycleOptions = {},
  work: Work = unwatched,
): Promise<CycleResult> {
  const { version, current, recipe, schema, verified, holdOut, replayed } = await gatherCorrections(
    library,
    options,
    work,
  )
  const weight = Math.max(1, Math.round(replayed.length / verified.length))

  const propose = proposer(current, options, work)
  const verifiedCase =
    partialLabelsOf(recipe) === 'ignore'
      ? (c: VerifiedCase) => fusedCase(library, c, schema, propose, weight)
      : (c: VerifiedCase) => verifiedOnlyCase(library, c, schema, weight)
  const cases = [...verified.map(verifiedCase), ...replayed]
  const before = scoresOf(
    await scoreModel(current, holdOut.cases, { ...options, work: within(work, 'scoring the current model') }),
  )

  const out = libraryPaths.run(library.root, newId())
  const { name, title, licence, attribution } = current.manifest
  const trained = await train(
    { schema: current.schema, cases, holdOut },
    {
      recipe,
      seed: version.version,
      out,
      init: version.folder,
      parentScores: before,
      structures: current.manifest.channels.slice(1),
      identity: { name, version: version.version + 1, title, licence, attribution },
      device: options.device,
      threads: options.threads,
    },
    work,
  )
  const after = trained.evaluation ? scoresOf(trained.evaluation) : {}
  const { promote, line } = judge(before, after)
  work.signal.throwIfAborted()
  const model = await registerModel(library, out, { promoted: promote, verdict: line })
  return {
    model,
    promoted: promote,
    verdict: line,
    before,
    after,
    cases: verified.map((c) => c.row.id),
    holdOut: holdOut.name,
  }
}

/** What a model says of an image, for the structures that nobody verified. */
function proposer(model: Model, { device, threads }: CycleOptions, work: Work): Parameters<typeof fusedCase>[3] {
  return async (image) => {
    const quiet: Work = { report: () => undefined, signal: work.signal }
    return (await segment(image, model, { device, threads, work: quiet })).labels
  }
}

function within(work: Work, phase: string): Work {
  return { signal: work.signal, report: (progress) => work.report({ ...progress, phase }) }
}
