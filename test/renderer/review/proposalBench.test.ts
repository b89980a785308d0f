import { describe, expect, it } from 'vitest'
import { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import { ProposalBench } from '../../../src/renderer/review/proposalBench.svelte'
import type { ProposalRunner } from '../../../src/renderer/review/proposalRunner'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import type { Statuses } from '../../../src/shared/labels/status'
import { propose } from '../../../src/shared/voxels/proposal/propose'
import { proposalNetwork } from '../../../src/shared/voxels/proposal/proposalNetwork'
import { networkScorer } from '../../../src/shared/voxels/proposal/windowNetwork'
import { detail, labels, size } from './smallCase'

const scorer = networkScorer(proposalNetwork())
/** The real proposals, without a worker around them. */
const here = (): ProposalRunner => ({
  run: (input) => Promise.resolve(propose(input, scorer)),
  dispose: () => undefined,
})

const middle: Vec3 = [7, 10, 10]
const spleen: Vec3 = [14, 9, 9]
const beyond: Vec3 = [2, 2, 2]

/** The small case with an image in which the ball of liver and the cube of spleen are bright. */
function brightCase(statuses: Statuses = {}, mask = labels()): OpenCase {
  const truth = labels()
  const image = Int16Array.from({ length: size ** 3 }, (_, n) => (truth[n] === 0 ? 0 : 100) + ((n * 7919) % 21))
  const opened = new OpenCase(detail(statuses), image, mask)
  opened.pick('liver')
  return opened
}

function bench(): { proposals: ProposalBench; tools: Tools } {
  const tools = new Tools()
  tools.active = 'propose'
  return { proposals: new ProposalBench(tools, here), tools }
}

async function marked(proposals: ProposalBench, opened: OpenCase, at: Vec3, alt = false): Promise<string | null> {
  const line = proposals.begin(opened, at, 'axial', alt)
  proposals.end()
  await expect.poll(() => proposals.state).not.toBe('computing')
  return line
}

const at = ([i, j, k]: Vec3): number => i + size * (j + size * k)

describe('a proposal', () => {
  it('takes in what is clicked inside, leaves out what is clicked outside, and is one step', async () => {
    const opened = brightCase({}, new Uint8Array(size ** 3))
    const before = opened.editor.data.slice()
    const { proposals } = bench()
    await marked(proposals, opened, middle)
    expect(proposals.state).toBe('previewing')
    expect(opened.editor.data[at(middle)]).toBe(1)
    await marked(proposals, opened, spleen, true)
    expect(opened.editor.data[at(spleen)]).toBe(0)
    expect(opened.editor.data[at(middle)]).toBe(1)
    expect(opened.undoTitle).toBeNull()
    proposals.keep()
    expect(opened.undoTitle).toBe('Proposal: Liver')
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(proposals.active).toBe(false)
    opened.undo()
    expect(opened.editor.data).toEqual(before)
    expect(opened.statusOf('liver')).toBe('unreviewed')
  })

  it('dropped leaves every byte and the history as they were', async () => {
    const opened = brightCase()
    const before = opened.editor.data.slice()
    const { proposals } = bench()
    await marked(proposals, opened, spleen)
    expect(opened.editor.data).not.toEqual(before)
    proposals.drop()
    expect(opened.editor.data).toEqual(before)
    expect(opened.undoTitle).toBeNull()
    expect(opened.previewing).toBe(false)
  })

  it('never changes a locked structure, be it the active one or another', async () => {
    const opened = brightCase({ spleen: 'accepted' })
    const cube = opened.editor.data.map((v) => (v === 3 ? 1 : 0))
    const { proposals } = bench()
    await marked(proposals, opened, middle)
    await marked(proposals, opened, spleen)
    expect(opened.editor.data.map((v) => (v === 3 ? 1 : 0))).toEqual(cube)
    proposals.drop()
    const before = opened.editor.data.slice()
    opened.toggleLocked('liver')
    expect(await marked(proposals, opened, middle)).toBe('Liver is locked')
    expect(proposals.active).toBe(false)
    expect(opened.editor.data).toEqual(before)
  })

  it('goes when its structure is locked meanwhile', async () => {
    const opened = brightCase({}, new Uint8Array(size ** 3))
    const { proposals } = bench()
    await marked(proposals, opened, middle)
    opened.toggleLocked('liver')
    expect(await marked(proposals, opened, beyond, true)).toBe('Liver is locked')
    expect(opened.editor.counts[1]).toBe(0)
  })

  it('gives back mark by mark what it showed before', async () => {
    const opened = brightCase({}, new Uint8Array(size ** 3))
    const before = opened.editor.data.slice()
    const { proposals } = bench()
    await marked(proposals, opened, middle)
    const one = opened.editor.data.slice()
    const last = one.lastIndexOf(1)
    const rim: Vec3 = [last % size, Math.floor(last / size) % size, Math.floor(last / size / size)]
    await marked(proposals, opened, rim, true)
    expect(opened.editor.data).not.toEqual(one)
    proposals.takeBack()
    await expect.poll(() => proposals.state).toBe('previewing')
    expect(opened.editor.data).toEqual(one)
    proposals.takeBack()
    expect(opened.editor.data).toEqual(before)
    expect(proposals.active).toBe(false)
  })

  it('starts anew for another structure', async () => {
    const opened = brightCase({}, new Uint8Array(size ** 3))
    const { proposals } = bench()
    await marked(proposals, opened, middle)
    opened.pick('spleen')
    proposals.follow(opened)
    expect(proposals.active).toBe(false)
    expect(opened.editor.counts[1]).toBe(0)
    await marked(proposals, opened, spleen)
    expect(opened.editor.data[at(spleen)]).toBe(3)
    expect(proposals.marks).toHaveLength(1)
  })

  it('changes the mask that there is, and what is told to stay out goes even without an inside mark', async () => {
    const opened = brightCase()
    const { proposals } = bench()
    await marked(proposals, opened, [9, 11, 10], true)
    expect(proposals.state).toBe('previewing')
    expect(opened.editor.data[at([9, 11, 10])]).not.toBe(1)
    proposals.setFromMask(false)
    await expect.poll(() => proposals.outcome).toBe('Mark a place inside')
    expect(opened.previewing).toBe(false)
  })

  it('marks along a drag, or a box that it does not leave on its slice', async () => {
    const opened = brightCase({}, new Uint8Array(size ** 3))
    const { proposals } = bench()
    proposals.drag = 'box'
    proposals.begin(opened, [4, 7, 10], 'axial', false)
    proposals.moveTo([10, 13, 10])
    proposals.end()
    await expect.poll(() => proposals.state).toBe('previewing')
    const slice = opened.editor.data.subarray(at([0, 0, 10]), at([0, 0, 11]))
    const outside = slice.filter((v, n) => v === 1 && (n % size < 4 || n % size > 10 || n < 7 * size || n >= 14 * size))
    expect(outside).toHaveLength(0)
    expect(slice.includes(1)).toBe(true)
    proposals.drop()
    proposals.drag = 'scribble'
    proposals.begin(opened, [5, 10, 10], 'axial', false)
    proposals.moveTo([7, 10, 10])
    proposals.moveTo([9, 10, 10])
    proposals.end()
    await expect.poll(() => proposals.state).toBe('previewing')
    for (const i of [5, 7, 9]) expect(opened.editor.data[at([i, 10, 10])]).toBe(1)
  })
})
