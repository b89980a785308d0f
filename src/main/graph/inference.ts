import { Graph } from './graph'
import type { NamedParameters } from './parameters'
import type { Triple } from './resampling'
import { Tape } from './tape'
import type { Model } from './trainingStep'

export const INPUT = 'image'
export const OUTPUT = 'logits'

export interface InferenceShapes {
  readonly inputChannels: number
  /** Sizes along [D, H, W] must be multiples of these: the network's total stride. */
  readonly multipleOf: Triple
}

/**
 * The network alone as an ONNX file: input `image` [batch, C, depth, height, width], output `logits`, batch and space
 * of any size that is a multiple of the total stride. The weights lie inside as initializers under the parameters'
 * names, so `readInitializers` gives them back. Throws where a weight is missing or has another size.
 */
export function encodeInference(model: Model, shapes: InferenceShapes, parameters: NamedParameters): Uint8Array {
  const g = new Graph()
  const tape = new Tape(g, ({ name, shape, size }) => {
    const data = parameters.get(name)
    if (data?.length !== size) {
      throw new Error(`weight '${name}' has ${data?.length ?? 'no'} values where the network wants ${shape.join('x')}`)
    }
    return g.initializer(name, shape, data)
  })
  const space = ['depth', 'height', 'width']
  // No forward operator spells out a spatial size, so any one will do to lay the graph out.
  const image = g.input(INPUT, [1, shapes.inputChannels, ...shapes.multipleOf], 'float32', [
    'batch',
    shapes.inputChannels,
    ...space,
  ])
  const logits = model(tape, image)
  const coarser = logits.shape.slice(2).map((n, axis) => {
    const factor = shapes.multipleOf[axis] / n
    return factor === 1 ? space[axis] : `${space[axis]}/${factor}`
  })
  g.output(OUTPUT, logits, ['batch', logits.shape[1], ...coarser])
  return g.encode()
}
