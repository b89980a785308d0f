import { describe, expect, it } from 'vitest'
import { monitorDsc, monitorPatches, type MonitorPatch } from '../../../src/main/learning/monitor'
import { prepareCase } from '../../../src/main/learning/preparedCase'
import { blobCase, blobRecipe, blobs, schema } from './blobs'

const channels = ['background', 'anterior-hippocampus', 'posterior-hippocampus']
const recipe = blobRecipe(1)
const prepared = (seed: number, only?: number) => {
  const { image, labels } = blobs(seed)
  const data = Uint8Array.from(labels.data, (id) => (only === undefined || id === only ? id : 0))
  return prepareCase(blobCase(seed), { image, labels: { ...labels, data } }, recipe, schema, channels)
}

describe('the patches that a run is watched on', () => {
  it('are few, always the same, and show each structure that there is', () => {
    const cases = [prepared(1, 1), prepared(2, 1), prepared(3, 1), prepared(4, 1), prepared(5, 1), prepared(6, 2)]
    const patches = monitorPatches(cases, [8, 8, 8], 7)
    expect(patches).toHaveLength(4)
    expect(patches[0].image).toHaveLength(512)
    const shown = new Set(patches.flatMap(({ labels }) => [...labels]))
    expect([1, 2].every((channel) => shown.has(channel))).toBe(true)
    expect(monitorPatches(cases, [8, 8, 8], 7)).toEqual(patches)
    expect(monitorPatches([], [8, 8, 8], 7)).toEqual([])
  })
})

describe('the DSC on them', () => {
  const patch = (labels: number[], annotated = [1, 1, 1]): MonitorPatch => ({
    image: new Float32Array(labels.length),
    labels: Int32Array.from(labels),
    annotated: Float32Array.from(annotated),
  })
  const saying = (...answers: number[][]) => {
    let at = 0
    return () => Promise.resolve(Uint8Array.from(answers[at++]))
  }

  it('counts voxels over all patches, where the labels know what is there', async () => {
    const patches = [patch([1, 1, 0, 0]), patch([1, 0, 255, 255])]
    const dsc = await monitorDsc(patches, 3, saying([1, 0, 1, 0], [1, 0, 1, 1]))
    expect(dsc[0]).toBeCloseTo((2 * 2) / (3 + 3))
    expect(dsc[1]).toBeNaN()
  })

  it('blames nobody for a structure where nobody looked for it', async () => {
    const dsc = await monitorDsc([patch([2, 2, 0, 0]), patch([0, 0, 1, 1], [1, 1, 0])], 3, saying([2, 2, 0, 0], [2, 2, 1, 1])) // prettier-ignore
    expect(dsc).toEqual([1, 1])
  })
})
