import type { Tensor } from '../graph/graph'
import { heInitial } from '../graph/parameters'
import type { Tape } from '../graph/tape'
import { SLOPE } from './layers'

export interface ProjectionSizes {
  readonly hidden: number
  readonly outputs: number
}

/**
 * The head that contrastive pre-training puts on features and drops afterwards: two dense layers with LeakyReLU between
 * (Chen et al., SimCLR, 2020, section 3). Weights `name.0`, `name.1`. Takes vectors [P, C] and gives [P, outputs].
 */
export function projectRows(tape: Tape, name: string, rows: Tensor, { hidden, outputs }: ProjectionSizes): Tensor {
  const dense = (part: string, x: Tensor, size: number): Tensor => {
    const weight = tape.parameter(`${name}.${part}.weight`, [x.shape[1], size], heInitial(x.shape[1]))
    return tape.add(tape.matmul(x, weight), tape.parameter(`${name}.${part}.bias`, [size], { value: 0 }))
  }
  return dense('1', tape.leakyRelu(dense('0', rows, hidden), SLOPE), outputs)
}

/** The same at every voxel: features [N, C, D, H, W] give [N, outputs, D, H, W]. */
export function projectVoxels(
  tape: Tape,
  name: string,
  features: Tensor,
  { hidden, outputs }: ProjectionSizes,
): Tensor {
  const dense = (part: string, x: Tensor, size: number): Tensor => {
    const shape = [size, x.shape[1], 1, 1, 1]
    const weight = tape.parameter(`${name}.${part}.weight`, shape, heInitial(x.shape[1]))
    return tape.convolution(x, weight, tape.parameter(`${name}.${part}.bias`, [size], { value: 0 }))
  }
  return dense('1', tape.leakyRelu(dense('0', features, hidden), SLOPE), outputs)
}

/** One vector an image: the mean over its voxels, through a head. Features [N, C, D, H, W] give [N, outputs]. */
export function projectImage(tape: Tape, name: string, features: Tensor, sizes: ProjectionSizes): Tensor {
  const means = tape.reshape(tape.globalAveragePool(features), features.shape.slice(0, 2))
  return projectRows(tape, name, means, sizes)
}
