import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { TensorData } from './onnx'

/** What ONNX Runtime can run on; what of it really works here, `devices.ts` finds out. */
export const devices = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const
export type Device = (typeof devices)[number]

/** A tensor that goes into or comes out of a session; `dims` outermost first. */
export interface Value {
  readonly data: TensorData
  readonly dims: readonly number[]
}

export interface SessionOptions {
  /** Threads within an operator; 0 (the default) leaves it to ONNX Runtime, which takes the physical cores. */
  readonly threads?: number
  /** Plans memory ahead: 5 % faster, but holds up to 75 % more of it. Off by default. */
  readonly memoryPattern?: boolean
  /**
   * Keeps freed memory for the next tensor, which pays where a graph runs often; on by default. It asks for memory in
   * powers of two: a graph with a tensor of more than 1 GB asks for 2 GB at once, which Electron's allocator answers by
   * ending the process.
   */
  readonly memoryArena?: boolean
}

export interface Session {
  readonly device: Device
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Runs the graph. Inputs are read in place, every output is copied once. **Blocks this thread's event loop** until
   * it is done: call it from a job's own process.
   * @param outputs the outputs wanted; all where left out
   */
  run(feeds: Readonly<Record<string, Value>>, outputs?: readonly string[]): Promise<Record<string, Value>>
  /** Frees the session's memory now instead of at some garbage collection. */
  close(): Promise<void>
}

const typeOf = (data: TensorData): 'float32' | 'int32' | 'int64' | 'uint8' =>
  data instanceof Float32Array
    ? 'float32'
    : data instanceof Int32Array
      ? 'int32'
      : data instanceof BigInt64Array
        ? 'int64'
        : 'uint8'

/**
 * Loads an ONNX graph (its bytes, or a file's path) onto a device.
 *
 * ONNX Runtime is imported here, not before, so that a process that never runs a network never loads it. Opening a
 * session on a graphics device can take the whole process down with a bad driver: do it in a process of its own, and
 * only on a device that `probeDevice` found working.
 * Throws ONNX Runtime's error where the graph or the device is refused.
 */
export async function openSession(
  model: Uint8Array | string,
  device: Device = 'cpu',
  options: SessionOptions = {},
): Promise<Session> {
  const ort = await import('onnxruntime-node')
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: options.threads ?? 0,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: options.memoryPattern ?? false,
    enableCpuMemArena: options.memoryArena ?? true,
    // Errors only: the placement of shape arithmetic on the CPU would be warned of at every load.
    logSeverityLevel: 3,
    // Threads that spin between operators steal time from whatever else the machine does, and gain nothing.
    extra: { session: { 'intra_op.allow_spinning': '0' } },
  }
  const session =
    typeof model === 'string'
      ? await ort.InferenceSession.create(model, settings)
      : await ort.InferenceSession.create(model, settings)
  return {
    device,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs) {
      const tensors: Record<string, OrtTensor> = {}
      for (const [name, { data, dims }] of Object.entries(feeds)) {
        tensors[name] = new ort.Tensor(typeOf(data), data, dims)
      }
      const results = outputs ? await session.run(tensors, outputs) : await session.run(tensors)
      const values: Record<string, Value> = {}
      for (const [name, tensor] of Object.entries(results)) {
        values[name] = { data: tensor.data as TensorData, dims: tensor.dims }
      }
      return values
    },
    close: () => session.release(),
  }
}
