/** The emscripten builds of the pixel codecs ship no types; this is the part of them that is used. */

interface FrameInfo {
  readonly width: number
  readonly height: number
  readonly bitsPerSample: number
  readonly componentCount: number
}

/** Memory views are only good until the next call into the codec: copy what is kept. */
interface FrameDecoder {
  getEncodedBuffer(length: number): Uint8Array
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray
  getFrameInfo(): FrameInfo
  decode(): void
  delete(): void
}

interface FrameEncoder {
  getDecodedBuffer(frame: FrameInfo & { readonly isSigned: boolean }): Uint8Array
  getEncodedBuffer(): Uint8Array
  setQuality(lossless: boolean, quantizationStep: number): void
  setProgressionOrder(order: number): void
  encode(): void
  delete(): void
}

interface CodecOptions {
  print(line: string): void
  printErr(line: string): void
}

type CodecFactory<Name extends string> = (
  options: CodecOptions,
) => Promise<Record<Name, new () => FrameDecoder> & { getExceptionMessage?(pointer: number): unknown }>

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const create: CodecFactory<'JpegLSDecoder'>
  export default create
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const create: CodecFactory<'J2KDecoder'>
  export default create
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  /** The one build holds the encoder too; tests use it. */
  const create: (options: CodecOptions) => Promise<{
    HTJ2KDecoder: new () => FrameDecoder
    HTJ2KEncoder: new () => FrameEncoder
  }>
  export default create
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const create: CodecFactory<'JPEGDecoder'>
  export default create
}

declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    /** Predictions (ITU-T T.81 table H.1); of the component at `offset` of a sample. */
    getPreviousX(offset?: number): number
    getPreviousY(offset?: number): number
    select7(offset?: number): number
    decode(buffer: ArrayBuffer, offset: number, length: number, bytesPerSample: 1 | 2): Uint8Array | Uint16Array
  }
}
