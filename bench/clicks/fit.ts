import type { Tensor } from '../../src/main/graph/graph'
import { adam } from '../../src/main/graph/optimizers'
import { drawParameters, heInitial } from '../../src/main/graph/parameters'
import type { Tape } from '../../src/main/graph/tape'
import { Trainer } from '../../src/main/graph/trainer'
import { buildTrainingStep } from '../../src/main/graph/trainingStep'
import { seededRandom } from '../../src/shared/random'
import { slope, type Layer } from '../../src/shared/voxels/proposal/cellNetwork'

/** Cells of one state of a correction: `features[f * cells + c]`, and which of them are inside. */
export interface Sample {
  readonly features: Float32Array
  readonly inside: Int32Array
}

const hidden = [32, 16]
const batch = 16

/** Trains a network of a few dense layers, as 1x1x1 convolutions, by Dice and cross-entropy over each batch. */
export async function fitLayers(
  samples: readonly Sample[],
  steps: number,
  say: (line: string) => void,
): Promise<Layer[]> {
  const cells = samples[0].inside.length
  const inputs = samples[0].features.length / cells
  const { mean, deviation } = statistics(samples, inputs, cells)
  const random = seededRandom(11)
  const step = buildTrainingStep(denseNetwork, {
    imageShape: [batch, inputs, 1, 1, cells],
    optimizer: adam,
    clipNorm: 5,
  })
  const trainer = await Trainer.open(
    step,
    drawParameters(step.parameters, (name) => random.fork(name).normal),
  )
  for (let n = 0, loss = 0; n < steps; n++) {
    const image = new Float32Array(batch * inputs * cells)
    const labels = new Int32Array(batch * cells)
    for (let b = 0; b < batch; b++) {
      const { features, inside } = samples[random.int(samples.length)]
      for (let f = 0, at = b * inputs * cells; f < inputs; f++) {
        for (let c = 0; c < cells; c++, at++) image[at] = (features[f * cells + c] - mean[f]) / deviation[f]
      }
      labels.set(inside, b * cells)
    }
    loss += (await trainer.step({ image, labels, learningRate: 4e-3 * (1 - n / steps) ** 0.9 })).loss
    if (n % 200 < 199) continue
    say(`step ${n + 1} of ${steps}: loss ${(loss / 200).toFixed(4)}`)
    loss = 0
  }
  const parameters = trainer.parameters()
  await trainer.close()
  const widths = [inputs, ...hidden, 2]
  const layers = widths.slice(1).map((outputs, n): Layer => {
    const part = (name: string): Float32Array => parameters.get(`layer.${n}.${name}`)!
    return { inputs: widths[n], outputs, weight: part('weight'), bias: part('bias') }
  })
  return [standardised(layers[0], mean, deviation), ...layers.slice(1, -1), difference(layers[layers.length - 1])]
}

function denseNetwork(tape: Tape, image: Tensor): Tensor {
  let x = image
  const widths = [...hidden, 2]
  widths.forEach((outputs, n) => {
    const weight = tape.parameter(`layer.${n}.weight`, [outputs, x.shape[1], 1, 1, 1], heInitial(x.shape[1]))
    x = tape.convolution(x, weight, tape.parameter(`layer.${n}.bias`, [outputs], { value: 0 }))
    if (n < widths.length - 1) x = tape.leakyRelu(x, slope)
  })
  return x
}

function statistics(samples: readonly Sample[], inputs: number, cells: number) {
  const sum = new Float64Array(inputs)
  const squares = new Float64Array(inputs)
  const stride = 16
  for (const { features } of samples) {
    for (let f = 0; f < inputs; f++) {
      for (let c = 0; c < cells; c += stride) {
        sum[f] += features[f * cells + c]
        squares[f] += features[f * cells + c] ** 2
      }
    }
  }
  const count = (samples.length * cells) / stride
  const mean = sum.map((total) => total / count)
  // What never changes has no spread to divide by.
  const deviation = squares.map((total, f) => Math.max(0.05, Math.sqrt(Math.max(0, total / count - mean[f] ** 2))))
  return { mean, deviation }
}

/** The same layer on features that were not standardised. */
function standardised(layer: Layer, mean: Float64Array, deviation: Float64Array): Layer {
  const { inputs } = layer
  const weight = layer.weight.map((w, n) => w / deviation[n % inputs])
  const bias = layer.bias.map((b, o) => {
    return mean.reduce((left, m, i) => left - weight[o * inputs + i] * m, b)
  })
  return { ...layer, weight, bias }
}

/** Of two logits only the difference counts. */
function difference({ inputs, weight, bias }: Layer): Layer {
  return {
    inputs,
    outputs: 1,
    weight: Float32Array.from({ length: inputs }, (_, i) => weight[inputs + i] - weight[i]),
    bias: Float32Array.of(bias[1] - bias[0]),
  }
}
