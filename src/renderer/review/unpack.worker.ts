import { addCounts } from '../editor/labelCounts'
import { Unpacker } from './unpacker'

/** What the window says: first what comes, then the packed bytes piece by piece, then that this was all. */
export type UnpackMessage =
  | { readonly is: 'begin'; readonly start: number; readonly length: number; readonly counted: boolean }
  | { readonly is: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly is: 'end' }

/** The voxels and, where asked for, how many of them are of each value; null where they cannot be unpacked. */
export type Unpacked = { readonly voxels: ArrayBuffer; readonly counts: Uint32Array | null } | null

let unpacker: Unpacker | null = null
let counted = false

self.onmessage = ({ data }: MessageEvent<UnpackMessage>): void => {
  if (data.is === 'begin') {
    unpacker = new Unpacker(data.start, data.length)
    counted = data.counted
  } else if (data.is === 'piece') unpacker?.add(data.bytes)
  else void answer()
}

async function answer(): Promise<void> {
  const voxels = (await unpacker?.end()) ?? null
  if (!voxels) return self.postMessage(null)
  const counts = counted ? new Uint32Array(256) : null
  if (counts) addCounts(new Uint8Array(voxels), counts)
  self.postMessage({ voxels, counts } satisfies Unpacked, { transfer: [voxels] })
}
