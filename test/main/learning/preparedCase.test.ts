import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prepareCase, seedsOf, toChannels } from '../../../src/main/learning/preparedCase'
import { reorient } from '../../../src/main/imaging/canonical'
import { recipeNamed } from '../../../src/main/learning/presets'
import { parseRecipe } from '../../../src/main/learning/recipe'
import { wholeBody } from '../../../src/main/segmentation/bodyBox'
import { blobs, schema } from './blobs'

const channels = ['background', 'posterior-hippocampus', 'anterior-hippocampus']
const convert = (annotated: string[] | null, names = channels) => [
  ...toChannels(Uint8Array.of(0, 1, 2, 255), annotated, schema, names),
]

describe('a prepared case', () => {
  it('turns ids into the channels of the network', () => {
    expect(convert(null)).toEqual([0, 2, 1, 255])
    expect(convert(['anterior-hippocampus', 'posterior-hippocampus'])).toEqual([0, 2, 1, 255])
  })

  it('does not know what the background of a partly annotated case is', () => {
    expect(convert(['anterior-hippocampus'])).toEqual([255, 2, 255, 255])
    expect(convert([])).toEqual([255, 255, 255, 255])
  })

  it('takes what nobody looked for as background, or as none of the others, where the recipe says so', () => {
    for (const mode of ['background', 'missing', 'marginal', 'merge-max'] as const) {
      const ids = Uint8Array.of(0, 1, 2, 255)
      expect([...toChannels(ids, ['anterior-hippocampus'], schema, channels, mode)]).toEqual([0, 2, 0, 255])
      expect([...toChannels(ids, null, schema, channels, mode)]).toEqual([0, 2, 1, 255])
    }
    const { annotated } = prepareCase(
      { id: 'a', annotated: ['anterior-hippocampus'] },
      blobs(5),
      recipeNamed('hippocampus', 'tiny'),
      schema,
      channels,
    )
    expect([...annotated]).toEqual([1, 0, 1])
  })

  it('counts structures that the network does not learn as background', () => {
    expect(convert(null, ['background', 'anterior-hippocampus'])).toEqual([0, 1, 0, 255])
    expect(convert(['anterior-hippocampus'], ['background', 'anterior-hippocampus'])).toEqual([0, 1, 255, 255])
  })

  it('is the same whichever way the image was stored', () => {
    const { image, labels } = blobs(5)
    const recipe = recipeNamed('hippocampus', 'tiny')
    const source = { id: 'a', annotated: null }
    const straight = prepareCase(source, { image, labels }, recipe, schema, channels)
    const turned = { image: reorient(image, 'PIL'), labels: reorient(labels, 'PIL') }
    const other = prepareCase(source, turned, recipe, schema, channels)
    expect(other.labels).toEqual(straight.labels)
    for (let at = 0; at < straight.image.length; at++) expect(other.image[at]).toBeCloseTo(straight.image[at], 4)
    expect(straight.padding).toBe(Math.min(...straight.image))
  })

  it('is cut to the body, labels and image alike, where the recipe says so', () => {
    const { image, labels } = blobs(5)
    // Half of the image is air.
    const half = { ...image, data: image.data.map((value, at) => (at % 14 < 7 ? value : -1000)) }
    const recipe = recipeNamed('hippocampus', 'tiny')
    const cropping = parseRecipe({ ...recipe, preprocess: { ...recipe.preprocess, bodyCrop: wholeBody } }, 'cropping')
    const whole = prepareCase({ id: 'a', annotated: null }, { image: half, labels }, recipe, schema, channels)
    const cut = prepareCase({ id: 'a', annotated: null }, { image: half, labels }, cropping, schema, channels)
    expect([whole.dims, cut.dims]).toEqual([
      [14, 14, 14],
      // Measured on every fourth millimetre, with room between two samples.
      [8, 14, 14],
    ])
    expect([...cut.labels]).toEqual([...whole.labels].filter((_, at) => at % 14 < 8))
  })

  it('offers voxels of every structure to centre a patch on, spread over it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20_000, max: 4 }), (labels) => {
        const seeds = seedsOf(labels, 3)
        expect(seeds).toHaveLength(3)
        expect(seeds[0]).toHaveLength(0)
        for (const channel of [1, 2]) {
          const count = labels.filter((label) => label === channel).length
          expect(seeds[channel].length > 0).toBe(count > 0)
          expect(seeds[channel].length).toBeLessThanOrEqual(4096)
          for (const at of seeds[channel]) expect(labels[at]).toBe(channel)
        }
      }),
    )
  })
})
