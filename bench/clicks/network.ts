import type { Tensor } from '../../src/main/graph/graph'
import { heInitial } from '../../src/main/graph/parameters'
import type { Tape } from '../../src/main/graph/tape'
import { convolve, head, layer, ONES, TWOS } from '../../src/main/networks/layers'
import { contextChannels, levelChannels, pointChannels, slope } from '../../src/shared/voxels/proposal/windowNetwork'

/**
 * The network of proposals, from [N, channels, 24, 24, 24] to two logits: a U-Net (Çiçek et al., MICCAI 2016) at half the
 * resolution says what is around each cell, and a few layers cell by cell join that with what is known about the cell
 * itself. `src/shared/voxels/proposal/windowNetwork.ts` runs it without ONNX Runtime.
 */
export function windowNetwork(tape: Tape, image: Tensor): Tensor {
  const skips: Tensor[] = []
  let x = image
  levelChannels.forEach((channels, level) => {
    x = layer(tape, `encoder.${level}.0`, tape.averagePool(x, TWOS), channels)
    x = layer(tape, `encoder.${level}.1`, x, channels)
    skips.push(x)
  })
  for (let level = levelChannels.length - 2; level >= 0; level--) {
    const up = tape.upsample(convolve(tape, `decoder.${level}.up`, x, levelChannels[level], { kernel: ONES }), TWOS)
    x = layer(tape, `decoder.${level}`, tape.concat([skips[level], up], 1), levelChannels[level])
  }
  const context = tape.upsample(convolve(tape, 'context', x, contextChannels, { kernel: ONES }), TWOS)
  const known = tape.concat([image, context], 1)
  const inputs = known.shape[1]
  const weight = tape.parameter('points.weight', [pointChannels, inputs, 1, 1, 1], heInitial(inputs))
  const points = tape.convolution(known, weight, tape.parameter('points.bias', [pointChannels], { value: 0 }))
  return head(tape, tape.leakyRelu(points, slope), 2)
}
