import { createHash } from 'node:crypto'
import type { ParameterSpec } from './parameters'
import type { TrainerState } from './trainer'

/** A training run on disk: all that it needs to go on bit by bit. */
export interface Checkpoint {
  readonly state: TrainerState
  /** Names and shapes of what `state.parameters` holds, in order: enough to export the network without the run. */
  readonly parameters: readonly Pick<ParameterSpec, 'name' | 'shape'>[]
  /** What the caller needs besides (random state, data order, best score), as JSON. Not looked into here. */
  readonly extra: unknown
}

/**
 * Layout: magic, header length (uint32), header (JSON), the vectors (float32) one after the other, SHA-256 of all that.
 * Numbers are little-endian.
 */
const MAGIC = 'EMENDCK1'
const DIGEST_BYTES = 32

interface Header {
  readonly step: number
  readonly moments: number
  readonly parameters: Checkpoint['parameters']
  readonly extra: unknown
}

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

export function encodeCheckpoint({ state, parameters, extra }: Checkpoint): Uint8Array {
  const header: Header = {
    step: state.step,
    moments: state.moments.length,
    parameters: parameters.map(({ name, shape }) => ({ name, shape })),
    extra,
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  const body = Buffer.concat([
    Buffer.from(MAGIC),
    length,
    json,
    bytesOf(state.parameters),
    ...state.moments.map((moment) => bytesOf(moment)),
  ])
  return Buffer.concat([body, digest(body)])
}

/** Throws one line where the bytes are no checkpoint, cut off or damaged. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = MAGIC.length + 4
  if (file.length < start + DIGEST_BYTES || file.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Error('not a checkpoint of Emend')
  }
  const body = file.subarray(0, -DIGEST_BYTES)
  if (!digest(body).equals(file.subarray(-DIGEST_BYTES))) throw new Error('the checkpoint is cut off or damaged')

  const headerEnd = start + file.readUInt32LE(MAGIC.length)
  const header = JSON.parse(body.toString('utf8', start, headerEnd)) as Header
  const size = (body.length - headerEnd) / 4 / (1 + header.moments)
  // Copied, since a typed array must start at a multiple of four.
  const floats = new Float32Array(body.buffer.slice(body.byteOffset + headerEnd, body.byteOffset + body.length))
  const vector = (i: number): Float32Array => floats.slice(i * size, (i + 1) * size)
  return {
    state: {
      step: header.step,
      parameters: vector(0),
      moments: Array.from({ length: header.moments }, (_, i) => vector(i + 1)),
    },
    parameters: header.parameters,
    extra: header.extra,
  }
}
