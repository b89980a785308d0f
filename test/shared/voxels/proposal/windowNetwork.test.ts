import { describe, expect, it } from 'vitest'
import { windowNetwork } from '../../../../bench/clicks/network'
import { difference } from '../../../../bench/clicks/stored'
import { encodeInference, INPUT, OUTPUT } from '../../../../src/main/graph/inference'
import { drawParameters } from '../../../../src/main/graph/parameters'
import { openSession } from '../../../../src/main/graph/session'
import { buildTrainingStep } from '../../../../src/main/graph/trainingStep'
import { adam } from '../../../../src/main/graph/optimizers'
import { seededRandom } from '../../../../src/shared/random'
import { framedCells, framedSize, windowCells } from '../../../../src/shared/voxels/proposal/window'
import { channelCount, type WindowEvidence } from '../../../../src/shared/voxels/proposal/windowEvidence'
import { networkScorer } from '../../../../src/shared/voxels/proposal/windowNetwork'

const stride = { inputChannels: channelCount, multipleOf: [windowCells, windowCells, windowCells] } as const

describe('the network of proposals without ONNX Runtime', () => {
  it('gives what the trained graph gives', async () => {
    const imageShape = [1, channelCount, windowCells, windowCells, windowCells] as const
    const { parameters } = buildTrainingStep(windowNetwork, { imageShape, optimizer: adam })
    const weights = drawParameters(parameters, (name) => seededRandom(3).fork(name).normal)
    const random = seededRandom(8)
    const channels = Array.from({ length: channelCount }, () => {
      return Float32Array.from({ length: framedCells ** 3 }, () => random.normal())
    })
    const grid = { size: framedSize, spacing: [1, 1, 1], values: channels[0] } as const
    const evidence: WindowEvidence = { grid, channels, insideCells: [], outsideCells: [], before: null }
    const stored = new Map([...weights].map(([name, v]) => [name, name.startsWith('head.') ? difference(v) : v]))
    const scorer = networkScorer(stored, [[false, false, false]])
    const score = scorer(evidence)

    const session = await openSession(encodeInference(windowNetwork, stride, weights), 'cpu')
    const image = new Float32Array(channelCount * windowCells ** 3)
    const inner = (visit: (framed: number, plain: number) => void): void => {
      for (let z = 0, plain = 0; z < windowCells; z++) {
        for (let y = 0; y < windowCells; y++) {
          for (let x = 0; x < windowCells; x++) visit(x + 1 + framedCells * (y + 1 + framedCells * (z + 1)), plain++)
        }
      }
    }
    channels.forEach((channel, c) => inner((from, to) => (image[c * windowCells ** 3 + to] = channel[from])))
    const { [OUTPUT]: logits } = await session.run({ [INPUT]: { data: image, dims: imageShape } })
    await session.close()
    let furthest = 0
    inner((framed, plain) => {
      const expected = Number(logits.data[windowCells ** 3 + plain]) - Number(logits.data[plain])
      furthest = Math.max(furthest, Math.abs(score[framed] - expected))
    })
    expect(furthest).toBeLessThan(1e-3)
    // Nothing is left over from one window to the next.
    expect(scorer(evidence)).toEqual(score)
  })
})
