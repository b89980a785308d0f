import type { Vec3 } from '../../src/shared/geometry/affine'
import { boxOf, boxSize, type Box } from '../../src/shared/voxels/box'
import type { Mask } from '../../src/shared/voxels/mask'
import { marksAnew, proposalBlock } from '../../src/shared/voxels/proposal/block'
import type { ProposalInput } from '../../src/shared/voxels/proposal/hints'
import { propose, type WindowScorer } from '../../src/shared/voxels/proposal/propose'
import type { Window } from '../../src/shared/voxels/proposal/window'
import type { WindowEvidence } from '../../src/shared/voxels/proposal/windowEvidence'
import type { ClickCase } from './cases'
import { dsc, nextClick } from './reader'

export interface Turn {
  readonly dsc: number
  readonly seconds: number
}

export interface Reading {
  readonly most: number
  /** DSC at which the reader is content. */
  readonly goal: number
  /** Whether the first hint is a box around the structure on its largest slice, instead of a click. */
  readonly box?: boolean
  /** Told of every window that is looked at, for training. */
  readonly onEvidence?: (evidence: WindowEvidence, window: Window, box: Box) => void
}

/** What a reading came to: the score that it began with, and that after each hint. */
export interface Read {
  readonly before: number
  readonly turns: readonly Turn[]
}

/** A reader who corrects one structure until the goal is reached; one turn for each hint given. */
export function read(subject: ClickCase, scorer: WindowScorer, reading: Reading): Read {
  const { image, dims, spacing, truth, prior } = subject
  const turns: Turn[] = []
  const inside: Vec3[] = []
  const outside: Vec3[] = []
  const boxes: Box[] = []
  let proposal: Uint8Array = prior ?? new Uint8Array(truth.length)
  let before: Mask | null = null
  while (turns.length < reading.most) {
    let newest: ProposalInput['newest'] = { inside: true, points: [] }
    if (turns.length === 0 && reading.box) boxes.push(boxAround(truth, dims))
    else {
      const click = nextClick(proposal, truth, dims, spacing)
      if (!click) break
      ;(click.inside ? inside : outside).push(click.at)
      newest = { inside: click.inside, points: [click.at] }
    }
    const start = performance.now()
    const task = {
      value: 1,
      fromMask: prior !== null,
      before: turns.length < marksAnew ? null : before,
      newest,
      writable: new Uint8Array(256).fill(1),
    }
    const labels: Uint8Array = prior ?? new Uint8Array(truth.length)
    const block = proposalBlock({ image, labels, dims, spacing }, { inside, outside, boxes }, task)
    if (!block) break
    const { box } = block
    const watch = reading.onEvidence
    const voxels = propose(block.input, scorer, watch && ((window, evidence) => watch(evidence, window, box)))
    before = { box, voxels }
    const seconds = (performance.now() - start) / 1000
    proposal = pasted(voxels, box, labels, dims)
    turns.push({ dsc: dsc(proposal, truth), seconds })
    if (turns[turns.length - 1].dsc >= reading.goal) break
  }
  return { before: dsc(prior ?? new Uint8Array(truth.length), truth), turns }
}

/** A reader's box: the structure's own on the axial slice where there is most of it, with a little room. */
function boxAround(truth: Uint8Array, dims: Vec3): Box {
  const area = dims[0] * dims[1]
  let most = -1
  let slice = 0
  for (let k = 0; k < dims[2]; k++) {
    const count = truth.subarray(k * area, (k + 1) * area).reduce((sum, v) => sum + v, 0)
    if (count > most) [most, slice] = [count, k]
  }
  const box = boxOf(truth.subarray(slice * area, (slice + 1) * area), [dims[0], dims[1], 1])
  if (!box) throw new Error('the structure is empty')
  return { low: [box.low[0] - 1, box.low[1] - 1, slice], high: [box.high[0] + 1, box.high[1] + 1, slice + 1] }
}

function pasted(mask: Uint8Array, box: Box, under: Uint8Array, dims: Vec3): Uint8Array {
  const out = under.slice()
  const [nx, ny, nz] = boxSize(box)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = box.low[0] + dims[0] * (box.low[1] + j + dims[1] * (box.low[2] + k))
      out.set(mask.subarray(nx * (j + ny * k), nx * (j + ny * k) + nx), row)
    }
  }
  return out
}
