import { beforeAll, describe, expect, it } from 'vitest'
import { Graph } from '../../../src/main/graph/graph'
import { encodeInference } from '../../../src/main/graph/inference'
import { defaultLoss, diceCrossEntropy, softDice } from '../../../src/main/graph/losses'
import { readInitializers } from '../../../src/main/graph/onnx'
import { inherit, unflatten, type ParameterSpec } from '../../../src/main/graph/parameters'
import { openSession } from '../../../src/main/graph/session'
import type { Value } from '../../../src/main/graph/session'
import { Tape } from '../../../src/main/graph/tape'
import {
  buildNetwork,
  encodeNetwork,
  initialParameters,
  multiplyAddsOf,
  networkParameters,
  parameterCount,
  totalStride,
} from '../../../src/main/networks/network'
import type { NetworkConfig, NetworkOptions } from '../../../src/main/networks/network'
import { networkNames, paperTable, presetNames, presetNetwork, studentConfig } from '../../../src/main/networks/presets'
import { unet, type UnetConfig } from '../../../src/main/networks/unet'
import { seededRandom } from '../../../src/shared/random'
import { askTorch, hasTorch } from '../../peers/torch'
import { evaluate } from '../graph/differences'

const small: UnetConfig = {
  kind: 'unet',
  inputChannels: 1,
  outputChannels: 3,
  base: 4,
  maxChannels: 12,
  levels: 3,
  stemStride: 1,
}
const student: UnetConfig = { ...small, stemStride: 2 }
const anisotropic: UnetConfig = {
  ...small,
  inputChannels: 2,
  stemStride: [1, 2, 2],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
  pools: [
    [1, 2, 2],
    [2, 2, 2],
  ],
}

const deep: UnetConfig = { ...small, levels: 5, maxChannels: 8 }
const channels = { inputChannels: 1, outputChannels: 3 }
const strided: NetworkConfig = { ...channels, kind: 'residual-unet', channels: [4, 6, 8], units: 0 }
const residual: NetworkConfig = {
  ...strided,
  channels: [4, 6, 6],
  units: 2,
  strides: [
    [1, 2, 2],
    [2, 2, 2],
  ],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
}
const inception: NetworkConfig = {
  ...channels,
  kind: 'inception-unet',
  channels: [8, 6, 8],
  inception: true,
  squeezeExcitation: true,
  strides: [
    [1, 2, 2],
    [2, 2, 2],
  ],
}
const plainHead: NetworkConfig = { ...inception, inception: false, squeezeExcitation: false }
const twoStems: NetworkConfig = {
  ...channels,
  kind: 'two-stem',
  encoder: { kind: 'unet', base: 4, maxChannels: 8, levels: 2, stemStride: 2 },
  encodingChannels: 6,
  stem: { channels: 3, convolutions: 2 },
  segmenter: { kind: 'residual-unet', channels: [4, 6, 8], units: 0 },
}

const sideBySide: NetworkConfig = {
  ...channels,
  kind: 'joined',
  local: { kind: 'unet', base: 4, maxChannels: 8, levels: 2, stemStride: 2 },
  global: { kind: 'unet', base: 3, maxChannels: 12, levels: 3, stemStride: 2 },
}

/** Weights that are not at their start: norms' scales and shifts differ from 1 and 0. */
function stirred(config: NetworkConfig): Map<string, Float32Array> {
  const random = seededRandom(3)
  return new Map(
    [...initialParameters(config, 1)].map(([name, data]) => [name, data.map((x) => x + 0.1 * random.normal())]),
  )
}

async function infer(bytes: Uint8Array, image: Value): Promise<Value> {
  const session = await openSession(bytes, 'cpu', { threads: 1 })
  try {
    return (await session.run({ image })).logits
  } finally {
    await session.close()
  }
}

function noise(dims: readonly number[], seed = 9): Value & { readonly data: Float32Array } {
  const random = seededRandom(seed)
  return { data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, random.normal), dims }
}

/** The specifications of the weights that are trained, where they lie in a vector of these alone. */
function trainedOf(parameters: readonly ParameterSpec[]): ParameterSpec[] {
  let offset = 0
  return parameters.flatMap((spec) => {
    if (spec.frozen) return []
    offset += spec.size
    return [{ ...spec, offset: offset - spec.size }]
  })
}

/** Loss, Dice and gradients of the network with LeakyReLU of the given slope, from a graph of ours. */
async function lossAndGradients(config: NetworkConfig, image: Value, labels: Int32Array, slope: number) {
  const g = new Graph()
  const parameters = stirred(config)
  const tape = new Tape(g, ({ name, shape }) => g.initializer(name, shape, parameters.get(name) ?? new Float32Array()))
  const labelShape = [image.dims[0], 1, ...image.dims.slice(2)]
  const logits = buildNetwork(tape, g.input('image', image.dims), config, { slope })
  const target = g.input('labels', labelShape, 'int32')
  const loss = tape.apply(diceCrossEntropy, [logits, target], defaultLoss)
  g.output('loss', loss)
  g.output('dice', softDice(g, logits, target, defaultLoss).dice)
  g.output('gradient', g.concat(tape.parameterGradients(loss), 0))
  const session = await openSession(g.encode(), 'cpu', { threads: 2 })
  const results = await session.run({ image, labels: { data: labels, dims: labelShape } })
  await session.close()
  return {
    loss: Number(results.loss.data[0]),
    dice: [...results.dice.data].map(Number),
    gradients: unflatten(trainedOf(tape.parameters), results.gradient.data as Float32Array),
  }
}

interface TorchAnswer {
  readonly loss: number
  readonly dice: readonly number[]
  readonly gradients: Readonly<Record<string, readonly number[]>>
}

const checked: readonly [string, NetworkConfig, number[]][] = [
  ['plain', small, [2, 1, 16, 16, 16]],
  ['with the stem that strides by 2', student, [2, 1, 16, 24, 16]],
  ['anisotropic', anisotropic, [1, 2, 8, 24, 16]],
  ['five levels deep', deep, [1, 1, 32, 16, 32]],
  ['strided, without residual units', strided, [2, 1, 12, 8, 16]],
  ['residual and anisotropic', residual, [1, 1, 6, 16, 16]],
  ['with Inception and squeeze and excitation', inception, [2, 1, 8, 16, 12]],
  ['without either', plainHead, [1, 1, 8, 16, 12]],
  ['with two stems', twoStems, [1, 1, 16, 8, 16]],
  ['of two joined', sideBySide, [1, 1, 16, 8, 16]],
]
// With slope 1 no activation sits at a kink, where float32 and float64 may fall on different sides.
const slopes = [1, 0.01]
const tolerances = [2e-5, 5e-3]

function sample(config: NetworkConfig, dims: readonly number[]): { image: Value; labels: Int32Array } {
  const image = noise(dims)
  const random = seededRandom(4)
  const voxels = image.data.length / config.inputChannels
  return { image, labels: Int32Array.from({ length: voxels }, () => (random.next() < 0.1 ? 255 : random.int(3))) }
}

function taskOf(config: NetworkConfig, dims: readonly number[], slope: number): object {
  const { image, labels } = sample(config, dims)
  const specs = networkParameters(config)
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]))
  return {
    task: 'network',
    config,
    slope,
    imageShape: dims,
    image: Array.from(image.data, Number),
    labels: [...labels],
    parameters: Object.fromEntries(
      [...stirred(config)].map(([name, data]) => [name, { shape: shapes.get(name), data: [...data] }]),
    ),
    frozen: specs.filter(({ frozen }) => frozen).map(({ name }) => name),
  }
}

describe.skipIf(!hasTorch)('the whole network beside PyTorch in float64', () => {
  let answers: TorchAnswer[] = []
  beforeAll(() => {
    answers = askTorch(checked.flatMap(([, config, dims]) => slopes.map((slope) => taskOf(config, dims, slope))))
  })

  it.each(checked.map(([name], at) => [name, at] as const))('%s: the same loss, Dice and gradients', async (_, at) => {
    const [, config, dims] = checked[at]
    const { image, labels } = sample(config, dims)
    for (const [i, slope] of slopes.entries()) {
      const torch = answers[at * slopes.length + i]
      const ours = await lossAndGradients(config, image, labels, slope)
      expect(ours.loss).toBeCloseTo(torch.loss, 5)
      torch.dice.forEach((dice, k) => expect(ours.dice[k]).toBeCloseTo(dice, 5))
      let [difference, length] = [0, 0]
      for (const [name, gradient] of ours.gradients) {
        torch.gradients[name].forEach((value, k) => {
          difference += (value - gradient[k]) ** 2
          length += value ** 2
        })
      }
      expect(Math.sqrt(difference / length)).toBeLessThan(tolerances[i])
    }
  })
})

describe('an exported network', () => {
  it('takes any size that is a multiple of its stride, and gives logits at the resolution of the image', async () => {
    const bytes = encodeNetwork(student, initialParameters(student, 1))
    for (const dims of [
      [1, 1, 8, 8, 8],
      [2, 1, 16, 8, 24],
    ]) {
      expect((await infer(bytes, noise(dims))).dims).toEqual([dims[0], 3, ...dims.slice(2)])
    }
  })

  it("gives logits at the stem's resolution where wanted, which upsampled are the same", async () => {
    const image = noise([1, 1, 16, 8, 16])
    const parameters = stirred(student)
    const logits = (options: NetworkOptions): Promise<Value> =>
      infer(encodeNetwork(student, parameters, options), image)
    const coarse = await logits({ outputStride: 'stem' })
    expect(coarse.dims).toEqual([1, 3, 8, 4, 8])
    const fine = await evaluate([coarse], (tape, [x]) => tape.upsample(x, [2, 2, 2]))
    const direct = await logits({})
    expect(fine.dims).toEqual(direct.dims)
    fine.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(direct.data[i]), 5))
  })

  it('gives back its weights under their names, and from them the same file', () => {
    const parameters = stirred(anisotropic)
    const bytes = encodeNetwork(anisotropic, parameters)
    const read = readInitializers(bytes)
    for (const [name, data] of parameters) expect(read.get(name)).toStrictEqual(data)
    expect(encodeNetwork(anisotropic, read)).toStrictEqual(bytes)
  })

  it.each([strided, residual, inception, twoStems])(
    'of the kind $kind takes any size that its stride divides',
    async (config) => {
      const bytes = encodeNetwork(config, stirred(config), { outputStride: 'stem' })
      for (const size of [8, 16]) {
        const image = noise([1, 1, size, 8, 2 * size])
        const { data, dims } = await infer(bytes, image)
        const whole = await infer(encodeNetwork(config, stirred(config)), image)
        expect(whole.dims).toEqual([1, 3, size, 8, 2 * size])
        const factors = dims.slice(2).map((n, axis) => whole.dims[axis + 2] / n)
        const fine = await evaluate([{ data, dims }], (tape, [x]) =>
          tape.upsample(x, [factors[0], factors[1], factors[2]]),
        )
        fine.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(whole.data[i]), 4))
      }
    },
  )

  it('is not written with weights of another network', () => {
    expect(() => encodeNetwork(small, initialParameters(anisotropic, 1))).toThrow("'encoder.0.0.weight'")
  })
})

describe('weights', () => {
  it('are the same for a seed, others for another, and of the deviation that He et al. ask for', () => {
    const config = { ...small, base: 16, maxChannels: 32, levels: 2 }
    const [first, again, other] = [1, 1, 2].map((seed) => initialParameters(config, seed))
    expect(again).toStrictEqual(first)
    const name = 'encoder.1.1.weight'
    const weights = first.get(name) as Float32Array
    expect(other.get(name)).not.toStrictEqual(weights)
    const deviation = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length)
    expect(deviation / Math.sqrt(2 / (32 * 27))).toBeCloseTo(1, 1)
  })

  it('go on into a network with another head, all but the head', () => {
    const old = stirred(small)
    const { parameters, fresh } = inherit(initialParameters({ ...small, outputChannels: 5 }, 1), old)
    expect(fresh).toEqual(['head.weight', 'head.bias'])
    expect(parameters.get('decoder.0.1.weight')).toStrictEqual(old.get('decoder.0.1.weight'))
    expect(parameters.get('head.bias')).toHaveLength(5)
  })

  it("of the papers' networks are as many as their tables say", () => {
    const millions = paperTable.map(({ config, without }) => {
      const specs = networkParameters(config).filter(({ name }) => !without || !name.startsWith(without.prefix))
      return specs.reduce((sum, { size }) => sum + size, 0) / 1e6
    })
    paperTable.forEach(({ parameters, paper }, i) => {
      const close = paper.startsWith('lapn') ? 0.0005 : 0.05
      if (parameters !== null) expect(Math.abs(millions[i] / parameters - 1)).toBeLessThan(close)
    })
    const [position] = paperTable
    expect(multiplyAddsOf(position.config, position.patch) / 1e9 / (position.multiplyAdds ?? NaN)).toBeCloseTo(1, 2)
  })

  it('of every preset fit its network', () => {
    for (const name of networkNames) {
      const counts = presetNames.map((preset) => parameterCount(presetNetwork(name, preset, 1, 15)))
      expect([...counts].sort((a, b) => a - b)).toEqual(counts)
    }
  })

  it('of the presets are as many as said', () => {
    const counts = presetNames.map((name) => parameterCount(studentConfig(name, 1, 15)) / 1e6)
    expect(counts.map((millions) => millions.toFixed(1))).toEqual(['1.3', '3.0', '7.9'])
  })
})

describe('building a network', () => {
  const build = (config: UnetConfig, size: number, channels = 1): Uint8Array =>
    encodeInference(
      (tape, image) => unet(tape, image, config),
      { inputChannels: channels, multipleOf: [size, size, size] },
      initialParameters(config, 1),
    )

  it('knows by what sizes must be divisible', () => {
    expect(totalStride(small)).toEqual([4, 4, 4])
    expect(totalStride(student)).toEqual([8, 8, 8])
    expect(totalStride(anisotropic)).toEqual([2, 8, 8])
    expect([strided, residual, inception, twoStems].map(totalStride)).toEqual([
      [4, 4, 4],
      [2, 4, 4],
      [2, 4, 4],
      [4, 4, 4],
    ])
  })

  it('refuses sizes that do not divide', () => {
    expect(() => build(small, 6)).toThrow('cannot pool')
  })
})
