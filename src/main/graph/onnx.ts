/**
 * ONNX files: as much of the protobuf as a graph of ours needs, written and read by hand.
 * Field numbers are those of onnx.proto (IR 9, opset 18).
 */

export const IR_VERSION = 9
export const OPSET = 18

const dataTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const
export type DType = keyof typeof dataTypes
export type TensorData = Float32Array | Uint8Array | Int32Array | BigInt64Array

/** An attribute says its type: JavaScript cannot tell 1.0 from 1, and ONNX Runtime refuses the wrong one. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string }

export interface OnnxNode {
  readonly op: string
  /** Names of tensors; '' stands for an optional input left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface OnnxInitializer {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: TensorData
}

/** A graph's input or output; a dimension given by name may have any size. */
export interface OnnxValue {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly (number | string)[]
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxInitializer[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/** Grows by parts, so that weights are copied once, when all is joined. */
class Message {
  private readonly parts: Uint8Array[] = []
  private length = 0

  private push(part: Uint8Array): this {
    this.parts.push(part)
    this.length += part.length
    return this
  }

  private varint(value: number): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    bytes.push(Number(rest))
    return this.push(Uint8Array.from(bytes))
  }

  private tag(field: number, wireType: number): this {
    return this.varint((field << 3) | wireType)
  }

  int(field: number, value: number): this {
    return this.tag(field, 0).varint(value)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.tag(field, 5).push(bytes)
  }

  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, 2).varint(value.length).push(value)
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  message(field: number, value: Message): this {
    this.tag(field, 2).varint(value.length)
    for (const part of value.parts) this.push(part)
    return this
  }

  join(): Uint8Array {
    const all = new Uint8Array(this.length)
    let at = 0
    for (const part of this.parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().string(1, name)
  if ('float' in attribute) return message.float(2, attribute.float).int(20, 1)
  if ('int' in attribute) return message.int(3, attribute.int).int(20, 2)
  if ('string' in attribute) return message.string(4, attribute.string).int(20, 3)
  for (const value of attribute.ints) message.int(8, value)
  return message.int(20, 7)
}

function nodeMessage(node: OnnxNode): Message {
  const message = new Message()
  for (const input of node.inputs) message.string(1, input)
  for (const output of node.outputs) message.string(2, output)
  message.string(3, node.outputs[0]).string(4, node.op)
  for (const [name, attribute] of Object.entries(node.attributes)) message.message(5, attributeMessage(name, attribute))
  return message
}

function initializerMessage({ name, dtype, dims, data }: OnnxInitializer): Message {
  const message = new Message()
  for (const dim of dims) message.int(1, dim)
  return message
    .int(2, dataTypes[dtype])
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function valueMessage({ name, dtype, dims }: OnnxValue): Message {
  const shape = new Message()
  for (const dim of dims) {
    shape.message(1, typeof dim === 'number' ? new Message().int(1, dim) : new Message().string(2, dim))
  }
  const tensorType = new Message().int(1, dataTypes[dtype]).message(2, shape)
  return new Message().string(1, name).message(2, new Message().message(1, tensorType))
}

/** The bytes of an ONNX file. Nodes must come in an order in which each finds its inputs made. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = new Message()
  for (const node of model.nodes) graph.message(1, nodeMessage(node))
  graph.string(2, 'emend')
  for (const initializer of model.initializers) graph.message(5, initializerMessage(initializer))
  for (const input of model.inputs) graph.message(11, valueMessage(input))
  for (const output of model.outputs) graph.message(12, valueMessage(output))
  const opset = new Message().string(1, '').int(2, OPSET)
  return new Message().int(1, IR_VERSION).string(2, 'emend').message(7, graph).message(8, opset).join()
}

interface Field {
  readonly number: number
  /** A varint's value; 0 for other wire types. */
  readonly value: bigint
  /** The payload of a length-delimited or fixed-width field; empty for a varint. */
  readonly bytes: Uint8Array
}

function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length || shift > 63n) throw new Error('not an ONNX file: it ends inside a number')
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wireType = tag & 7
    if (wireType === 0) {
      yield { number: tag >>> 3, value: varint(), bytes: new Uint8Array(0) }
      continue
    }
    const length = wireType === 2 ? Number(varint()) : wireType === 5 ? 4 : wireType === 1 ? 8 : -1
    if (length < 0 || at + length > bytes.length) throw new Error('not an ONNX file: a field is malformed or cut off')
    yield { number: tag >>> 3, value: 0n, bytes: bytes.subarray(at, at + length) }
    at += length
  }
}

/** Little-endian floats at any byte offset; the copy is aligned, as a typed array must be. */
function floats(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Error('not an ONNX file: float data is cut off')
  // Not bytes.slice(): a Buffer's gives a view of the whole file.
  return new Float32Array(Uint8Array.from(bytes).buffer)
}

function readInitializer(bytes: Uint8Array): { name: string; dataType: number; data: Float32Array } {
  let name = ''
  let dataType = 0
  let data = new Float32Array(0)
  const loose: number[] = []
  for (const field of fields(bytes)) {
    if (field.number === 2) dataType = Number(field.value)
    // Other exporters write small tensors as float_data, packed or one by one.
    else if (field.number === 4) loose.push(...floats(field.bytes))
    else if (field.number === 8) name = new TextDecoder().decode(field.bytes)
    else if (field.number === 9 && dataType === dataTypes.float32) data = new Float32Array(floats(field.bytes))
  }
  return { name, dataType, data: loose.length > 0 ? Float32Array.from(loose) : data }
}

/**
 * The float32 initializers of an ONNX file by name: the weights of a network that Emend exported, and its constants.
 * Data kept outside the file is not followed. Throws where the bytes are not ONNX.
 */
export function readInitializers(bytes: Uint8Array): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>()
  for (const field of fields(bytes)) {
    if (field.number !== 7) continue
    for (const part of fields(field.bytes)) {
      if (part.number !== 5) continue
      const { name, dataType, data } = readInitializer(part.bytes)
      if (dataType === dataTypes.float32) found.set(name, data)
    }
  }
  if (found.size === 0) throw new Error('the ONNX file holds no float32 weights')
  return found
}
