import { product } from './graph'
import type { Rule } from './rule'

/**
 * Instance normalisation of [N, C, D, H, W] (Ulyanov et al. 2016): each channel of each sample to mean 0 and
 * variance 1 over its voxels, then scaled and shifted. Inputs: x, scale [C], shift [C].
 */
export const instanceNorm: Rule<{ epsilon: number }> = {
  forward: (g, [x, scale, shift], { epsilon }) =>
    g.node('InstanceNormalization', [x, scale, shift], x.shape, { epsilon: { float: epsilon } }),

  adjoint(g, { inputs: [x, scale, shift], attributes: { epsilon } }, d) {
    const channels = x.shape[1]
    const voxels = product(x.shape.slice(2))
    const space = x.shape.map((_, axis) => axis).slice(2)
    // Mean and deviation anew: ONNX's operator keeps them to itself.
    const centred = g.sub(x, g.mul(g.sum(x, space), 1 / voxels))
    const variance = g.mul(g.sumSquares(centred, space), 1 / voxels)
    const inverse = g.unary('Reciprocal', g.unary('Sqrt', g.add(variance, epsilon)))
    const dShift = g.sum(d, space)
    const dScale = g.mul(g.sum(g.mul(d, centred), space), inverse)
    // With xhat = centred inverse: dx = scale inverse (d - mean(d) - xhat mean(d xhat)).
    const gain = g.mul(g.reshape(scale, [1, channels, 1, 1, 1]), inverse)
    const pull = g.mul(g.mul(g.mul(gain, inverse), dScale), -1 / voxels)
    const offset = g.mul(g.mul(gain, dShift), -1 / voxels)
    const dx = g.add(g.mul(d, gain), g.add(g.mul(centred, pull), offset))
    return [dx, g.reshape(g.sum(dScale, [0]), scale.shape), g.reshape(g.sum(dShift, [0]), shift.shape)]
  },
}
