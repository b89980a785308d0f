import { describe, expect, it } from 'vitest'
import { structureNamed } from '../../src/shared/labels/schema'
import { readImages } from '../../src/main/imaging/import/readImages'
import type { LabelMap } from '../../src/main/imaging/volume'
import { loadModel } from '../../src/main/segmentation/model'
import { segment } from '../../src/main/segmentation/segment'
import { dataPath } from '../data'

/** A real pretrained network on a real patient: that orientation, axes and intensities are right from end to end. */

const folder = dataPath('teachers', 'abdomen9-obelisk')
const image = dataPath('abdomen', 'hcc-009-portal.zip')

/** The least and most that an adult's organ plausibly measures, mL. */
const plausibleMl: Readonly<Record<string, readonly [number, number]>> = {
  liver: [800, 2500],
  spleen: [80, 900],
  'left-kidney': [80, 280],
  'right-kidney': [80, 280],
  pancreas: [10, 180],
  stomach: [40, 900],
  duodenum: [20, 180],
  gallbladder: [3, 120],
  esophagus: [3, 60],
}

describe.skipIf(!folder || !image)('the abdomen9-obelisk teacher on hcc-009-portal', () => {
  it('finds nine organs of plausible volume, each on its side, and the large spleen', async () => {
    const model = await loadModel(folder!)
    const [{ volume }] = (await readImages([image!])).volumes
    const { labels, report } = await segment(volume, model)
    expect(Object.keys(report.structures).sort()).toEqual(Object.keys(plausibleMl).sort())
    for (const [name, { volumeMl }] of Object.entries(report.structures)) {
      expect([name, volumeMl > plausibleMl[name][0], volumeMl < plausibleMl[name][1]]).toEqual([name, true, true])
    }
    expect(report.structures['spleen'].volumeMl).toBeGreaterThan(400)
    const side = (name: string): string => sideOf(labels, structureNamed(model.schema, name).id)
    expect(['liver', 'right-kidney', 'left-kidney', 'spleen'].map(side)).toEqual(['right', 'right', 'left', 'left'])
    expect(report.warnings).toEqual([])
  })
})

/** The side of the body's middle, as the patient has it, on which a label lies. */
function sideOf({ data, dims, affine }: LabelMap, id: number): 'left' | 'right' {
  let [sum, count] = [0, 0]
  for (let n = 0; n < data.length; n++) {
    if (data[n] !== id) continue
    sum += n % dims[0]
    count++
  }
  const towardsRight = affine[0][0] > 0
  return sum / count > dims[0] / 2 === towardsRight ? 'right' : 'left'
}
