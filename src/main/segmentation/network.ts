import { EmendError, oneLine } from '../../shared/errors'
import type { Vec3 } from '../../shared/geometry/affine'
import { openSession, type Device } from '../graph/session'
import type { Model } from './model'
import { tensorInference } from './modelAxes'

/** A model's network, open on a device. It holds the device's memory until it is closed. */
export interface Network {
  readonly device: Device
  readonly classes: number
  /**
   * @param image the tensor [1, 1, nz, ny, nx], i fastest
   * @returns scores [classes, nz, ny, nx], each axis divided by the output's stride: logits or probabilities
   */
  run(image: Float32Array, dims: Vec3): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * Opens a model's network and checks that its inputs and outputs are named as the manifest says.
 * @throws EmendError where ONNX Runtime refuses the file or the device, or the names differ.
 */
export async function openNetwork(
  model: Model,
  options: { readonly device?: Device; readonly threads?: number } = {},
): Promise<Network> {
  const { manifest, networkPath } = model
  const device = options.device ?? 'cpu'
  const settings = {
    threads: options.threads ?? 0,
    // A network that takes the whole image runs once: memory kept for a next run would only be held.
    memoryArena: manifest.inference.kind === 'patch',
  }
  const session = await openSession(networkPath, device, settings).catch((error: unknown) => {
    throw new EmendError(`${networkPath} could not be opened on ${device}: ${oneLine(error)}`, { cause: error })
  })
  const input = manifest.input.name
  const output = manifest.output.name
  const refuse = async (problem: string): Promise<never> => {
    await session.close()
    throw new EmendError(`${networkPath} does not fit its manifest: ${problem}`)
  }
  if (session.inputNames.length !== 1 || session.inputNames[0] !== input) {
    await refuse(`its inputs are ${session.inputNames.join(', ')}, not '${input}'`)
  }
  if (!session.outputNames.includes(output)) {
    await refuse(`its outputs are ${session.outputNames.join(', ')}, among them no '${output}'`)
  }
  const classes = manifest.channels.length
  const { stride } = tensorInference(manifest)
  return {
    device,
    classes,
    async run(image, [nx, ny, nz]) {
      const results = await session
        .run({ [input]: { data: image, dims: [1, 1, nz, ny, nx] } }, [output])
        .catch((error: unknown) => {
          throw new EmendError(`the network ${networkPath} failed on ${device}: ${oneLine(error)}`, { cause: error })
        })
      const { data, dims } = results[output]
      const expected = [1, classes, nz / stride[2], ny / stride[1], nx / stride[0]]
      if (!(data instanceof Float32Array) || expected.some((n, axis) => n !== dims[axis])) {
        throw new EmendError(
          `${networkPath} does not fit its manifest: '${output}' is ${dims.join(' x ')}, not ${expected.join(' x ')} numbers`,
        )
      }
      return data
    },
    close: () => session.close(),
  }
}
