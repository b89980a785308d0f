import { addCounts } from '../editor/labelCounts'
import type { Piece } from './arrival'
import { Unpacker } from './unpacker'

/** What the window says: first what comes, then the packed bytes piece by piece, then that this was all. */
export type UnpackMessage =
  | {
      readonly is: 'begin'
      readonly start: number
      readonly length: number
      /** Whether to count how many voxels are of each value, and to tell of what is unpacked meanwhile. */
      readonly counted: boolean
      readonly told: boolean
    }
  | { readonly is: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly is: 'end' }

/** The voxels and, where asked for, how many of them are of each value; null where they cannot be unpacked. */
export type Unpacked = { readonly voxels: ArrayBuffer; readonly counts: Uint32Array | null } | null

/** What comes back. */
export type UnpackAnswer =
  { readonly is: 'piece'; readonly piece: Piece } | { readonly is: 'end'; readonly unpacked: Unpacked }

let unpacker: Unpacker | null = null
let counted = false

self.onmessage = ({ data }: MessageEvent<UnpackMessage>): void => {
  if (data.is === 'begin') {
    unpacker = new Unpacker(data.start, data.length, data.told ? tell : undefined)
    counted = data.counted
  } else if (data.is === 'piece') unpacker?.add(data.bytes)
  else void end()
}

async function end(): Promise<void> {
  const voxels = (await unpacker?.end()) ?? null
  if (!voxels) return answer({ is: 'end', unpacked: null })
  const counts = counted ? new Uint32Array(256) : null
  if (counts) addCounts(new Uint8Array(voxels), counts)
  answer({ is: 'end', unpacked: { voxels, counts } }, [voxels])
}

function tell(piece: Piece): void {
  answer({ is: 'piece', piece }, [piece.bytes.buffer as ArrayBuffer])
}

function answer(message: UnpackAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}
