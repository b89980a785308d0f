import { describe, expect, it } from 'vitest'
import { recipeToPretrain } from '../../../../src/main/learning/pretraining/defaultRecipe'
import { planOf, pretrainingMethods, sized } from '../../../../src/main/learning/pretraining/plan'
import { presets } from '../../../../src/main/learning/presets'
import { parameterCount } from '../../../../src/main/networks/network'

describe('what is pre-trained where no recipe is named', () => {
  it.each(pretrainingMethods)(
    'is a network that %s takes, in every preset, for every schema that has a recipe',
    (method) => {
      for (const schema of ['flare23', 'hippocampus', 'head-neck']) {
        for (const preset of presets) {
          const plan = planOf(method, recipeToPretrain(method, schema, preset), preset)
          expect(sized(plan, {}).method).toBe(method)
        }
      }
    },
  )

  it("is the papers' own in the preset 'paper', for as long as they say", () => {
    const said = pretrainingMethods.map((method) => {
      const { network, length } = planOf(method, recipeToPretrain(method, 'flare23', 'paper'), 'paper')
      const config = { ...network, inputChannels: 1, outputChannels: method === 'position' ? 64 : 1 }
      return [method, (parameterCount(config) / 1e6).toFixed(1), length]
    })
    expect(said).toEqual([
      ['genesis', '85.6', { unit: 'steps', steps: 250_000 }],
      ['position', '44.8', { unit: 'steps', steps: 125_000 }],
      ['region', '85.4', { unit: 'steps', steps: 50_000 }],
    ])
  })

  it('is an encoder of positions with five levels on a workstation', () => {
    const { network } = planOf('position', recipeToPretrain('position', 'flare23', 'site'), 'site')
    expect(network).toMatchObject({ kind: 'residual-unet', channels: [32, 64, 128, 256, 256] })
  })
})
