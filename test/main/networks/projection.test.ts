import { describe, it } from 'vitest'
import type { Tensor } from '../../../src/main/graph/graph'
import type { Value } from '../../../src/main/graph/session'
import type { Tape } from '../../../src/main/graph/tape'
import { projectImage, projectRows, projectVoxels } from '../../../src/main/networks/projection'
import { seededRandom } from '../../../src/shared/random'
import { compareWithTorch, type PeerLoss } from '../graph/besideTorch'
import { hasTorch } from '../../peers/torch'

const random = seededRandom(31)
const normals = (...dims: number[]): Value => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
  dims,
})
const sizes = { hidden: 5, outputs: 3 }
const names = ['head.0.weight', 'head.0.bias', 'head.1.weight', 'head.1.bias']
const parameters = Object.fromEntries(names.map((name, n) => [name, n + 1]))

/** The mean squared distance of a head's output from a target: a loss that reaches every weight. */
function distance(tape: Tape, x: Tensor, target: Tensor): Tensor {
  const away = tape.sub(x, target)
  const axes = x.shape.map((_, axis) => axis)
  return tape.mul(tape.sum(tape.mul(away, away), axes), 1 / x.shape.reduce((a, b) => a * b))
}

const dense = [normals(4, 5), normals(5), normals(5, 3), normals(3)]
const convolved = [normals(5, 4, 1, 1, 1), normals(5), normals(3, 5, 1, 1, 1), normals(3)]
const head = (
  name: string,
  x: Value,
  weights: readonly Value[],
  target: Value,
  project: (tape: Tape, x: Tensor) => Tensor,
): PeerLoss => ({
  name,
  options: {},
  inputs: [x, ...weights, target],
  by: [0, 1, 2, 3, 4],
  parameters,
  program: (tape, inputs) => distance(tape, project(tape, inputs[0]), inputs[5]),
})

describe.skipIf(!hasTorch)('projection heads', () => {
  it('give the values and gradients of PyTorch in float64: of vectors, of every voxel, of a whole image', () =>
    compareWithTorch([
      head('projectRows', normals(7, 4), dense, normals(7, 3), (tape, x) => projectRows(tape, 'head', x, sizes)),
      head('projectVoxels', normals(2, 4, 2, 3, 2), convolved, normals(2, 3, 2, 3, 2), (tape, x) =>
        projectVoxels(tape, 'head', x, sizes),
      ),
      head('projectImage', normals(2, 4, 3, 2, 2), dense, normals(2, 3), (tape, x) =>
        projectImage(tape, 'head', x, sizes),
      ),
    ]))
})
