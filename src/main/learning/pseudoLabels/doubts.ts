import type { LabelSchema, Structure } from '../../../shared/labels/schema'
import type { Answer, JointAnswer } from './jointAnswer'

/** How sure models are of one structure in one case. */
export interface StructureDoubt {
  /** Voxels of the joint labels. */
  readonly voxels: number
  /** Mean entropy over the voxels that any model gave the structure, 0 to 1. */
  readonly entropy: number
  /** 1 less the mean DSC between each two models that offer it; null where fewer than two do. */
  readonly disagreement: number | null
  /** The mean of the two, or the one that there is. */
  readonly doubt: number
}

export interface CaseDoubts {
  readonly structures: Readonly<Record<string, StructureDoubt>>
  /** Means over what was found; null where nothing was. Lesions are far harder than organs, so they are never averaged. */
  readonly organs: number | null
  readonly lesions: number | null
}

/**
 * The doubt about each structure of a case, organs and lesions apart (`merge-max-context-cutmix`, section 2.2, "Unlabeled data
 * selection", after Huang et al. 2022, who sort cases by how much their models disagree).
 */
export function doubtsOf(answers: readonly Answer[], joint: JointAnswer, schema: LabelSchema): CaseDoubts {
  const structures: Record<string, StructureDoubt> = {}
  for (const structure of schema.structures) {
    const asked = answers.filter(({ offers }) => offers[structure.id])
    if (asked.length > 0) structures[structure.name] = doubtAbout(structure, asked, joint)
  }
  const meanOver = (kind: Structure['kind']): number | null => {
    const found = schema.structures.flatMap(({ name, kind: own }) => {
      const doubt = structures[name]
      return own === kind && doubt && (doubt.voxels > 0 || doubt.doubt > 0) ? [doubt.doubt] : []
    })
    return found.length > 0 ? found.reduce((a, b) => a + b, 0) / found.length : null
  }
  return { structures, organs: meanOver('organ'), lesions: meanOver('lesion') }
}

function doubtAbout({ id }: Structure, asked: readonly Answer[], joint: JointAnswer): StructureDoubt {
  let voxels = 0
  let touched = 0
  let entropy = 0
  const sizes = new Float64Array(asked.length)
  const overlaps = new Float64Array(asked.length * asked.length)
  for (let at = 0; at < joint.labels.length; at++) {
    if (joint.labels[at] === id) voxels++
    let any = false
    for (let m = 0; m < asked.length; m++) {
      if (asked[m].labels[at] !== id) continue
      any = true
      sizes[m]++
      for (let n = 0; n < m; n++) if (asked[n].labels[at] === id) overlaps[m * asked.length + n]++
    }
    if (!any) continue
    touched++
    for (const answer of asked) entropy += answer.entropy[at] / asked.length
  }
  const mean = touched > 0 ? entropy / touched : 0
  const disagreement = asked.length > 1 ? 1 - meanPairDsc(sizes, overlaps) : null
  return { voxels, entropy: mean, disagreement, doubt: disagreement === null ? mean : (mean + disagreement) / 2 }
}

function meanPairDsc(sizes: Float64Array, overlaps: Float64Array): number {
  let sum = 0
  let pairs = 0
  for (let m = 1; m < sizes.length; m++) {
    for (let n = 0; n < m; n++, pairs++) {
      const both = sizes[m] + sizes[n]
      sum += both === 0 ? 1 : (2 * overlaps[m * sizes.length + n]) / both
    }
  }
  return sum / pairs
}
