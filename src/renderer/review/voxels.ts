import * as v from 'valibot'
import { RevisionRow } from '../../shared/caseHistory'
import { PACKED_SCHEME, SCHEME, VOXELS_BEGIN } from '../../shared/contract'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Statuses } from '../../shared/labels/status'
import type { RejectReasons, StructureSeconds } from '../../shared/review'
import { Breath } from '../editor/breath'
import { countsOf } from '../editor/labelCounts'
import type { Piece } from './arrival'
import type { Unpacked, UnpackAnswer, UnpackMessage } from './unpack.worker'

/** Voxels come and go as bytes over the app's own scheme. */

const casePath = (caseId: string): string => `cases/${encodeURIComponent(caseId)}`

/** A failed answer's body is the one line to show. */
async function answered(response: Response, what: string): Promise<Response> {
  if (response.ok) return response
  const line = (await response.text()).trim()
  throw new Error(line || `${what}: the library answered ${response.status}`)
}

/** Voxels as they came, and how many of them are of each value where that was asked for. */
interface Came {
  readonly bytes: ArrayBuffer
  readonly counts: Uint32Array | null
}

interface Wanted {
  /** Below the library's address. */
  readonly path: string
  /** In memory. */
  readonly length: number
  readonly what: string
  readonly counted?: boolean
}

/** Told of each piece, between which the window goes on: a large volume in one go would hold it up. */
async function eachPiece(response: Response, tell: (piece: Uint8Array<ArrayBuffer>) => void): Promise<void> {
  const breath = new Breath()
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    tell(piece.value)
    await breath.due()
  }
}

/** @param tell of pieces of the voxels, while they come */
async function voxelsAt(wanted: Wanted, tell?: (piece: Piece) => void): Promise<Came> {
  const { path, length, what, counted = false } = wanted
  const packed = await fetch(`${PACKED_SCHEME}://library/${path}`).catch(() => null)
  const start = Number(packed?.headers.get(VOXELS_BEGIN))
  const begin = { is: 'begin', start, length, counted, told: tell !== undefined } as const
  const unpacked = packed && start > 0 ? await unpackedElsewhere(packed, begin, tell) : null
  if (unpacked) return { bytes: unpacked.voxels, counts: unpacked.counts }
  // What is wrong with the file, or unlike the others, the library knows.
  const response = await answered(await fetch(`${SCHEME}://library/${path}`), what)
  const bytes = new Uint8Array(length)
  let came = 0
  await eachPiece(response, (piece) => {
    if (came + piece.length <= length) {
      bytes.set(piece, came)
      tell?.({ at: came, bytes: piece })
    }
    came += piece.length
  })
  if (came !== length) throw new Error(`${what}: ${came} bytes came where the grid needs ${length}`)
  return { bytes: bytes.buffer, counts: counted ? await countsOf(bytes) : null }
}

/** In a worker, while the bytes still come. */
async function unpackedElsewhere(
  response: Response,
  begin: UnpackMessage,
  tell: (piece: Piece) => void = () => undefined,
): Promise<Unpacked> {
  const worker = new Worker(new URL('./unpack.worker.ts', import.meta.url), { type: 'module' })
  try {
    const answer = new Promise<Unpacked>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<UnpackAnswer>) => {
        if (data.is === 'piece') tell(data.piece)
        else resolve(data.unpacked)
      }
      worker.onerror = () => resolve(null)
    })
    const say = (message: UnpackMessage, memory: Transferable[] = []): void => worker.postMessage(message, memory)
    say(begin)
    await eachPiece(response, (bytes) => say({ is: 'piece', bytes }, [bytes.buffer]))
    say({ is: 'end' })
    return await answer
  } finally {
    worker.terminate()
  }
}

const voxelsOf = (dims: Vec3): number => dims[0] * dims[1] * dims[2]

/** Told of pieces of a volume while it comes. */
type Tell = (piece: Piece) => void

/** HU, RAS order, i fastest. */
export async function fetchImage(caseId: string, dims: Vec3, tell?: Tell): Promise<Int16Array> {
  const wanted = { path: `${casePath(caseId)}/image`, length: 2 * voxelsOf(dims), what: 'the image' }
  return new Int16Array((await voxelsAt(wanted, tell)).bytes)
}

export async function fetchLabels(caseId: string, revision: string, dims: Vec3): Promise<Uint8Array> {
  const { bytes } = await voxelsAt(labelsWanted(caseId, revision, dims))
  return new Uint8Array(bytes)
}

/** Labels, and how many of their voxels are of each value. */
export interface CountedLabels {
  readonly labels: Uint8Array
  readonly counts: Uint32Array
}

/** Without a revision there are none but background, and no piece comes. */
export async function fetchCountedLabels(
  caseId: string,
  revision: string | null,
  dims: Vec3,
  tell?: Tell,
): Promise<CountedLabels> {
  if (revision === null) {
    const counts = new Uint32Array(256)
    counts[0] = voxelsOf(dims)
    return { labels: new Uint8Array(voxelsOf(dims)), counts }
  }
  const { bytes, counts } = await voxelsAt({ ...labelsWanted(caseId, revision, dims), counted: true }, tell)
  const labels = new Uint8Array(bytes)
  return { labels, counts: counts ?? (await countsOf(labels)) }
}

const labelsWanted = (caseId: string, revision: string, dims: Vec3): Wanted => ({
  path: `${casePath(caseId)}/labels/${encodeURIComponent(revision)}`,
  length: voxelsOf(dims),
  what: 'the labels',
})

/** Stores a new revision on top of `parent`; the bytes are taken at once, so that editing can go on meanwhile. */
export async function saveLabels(
  caseId: string,
  labels: Uint8Array,
  parent: string | null,
  statuses: Statuses,
  { reasons, seconds }: { readonly reasons: RejectReasons; readonly seconds: StructureSeconds },
): Promise<RevisionRow> {
  const said = { statuses, reasons, seconds }
  const query = new URLSearchParams(Object.entries(said).map(([name, value]) => [name, JSON.stringify(value)]))
  if (parent !== null) query.set('parent', parent)
  // Bytes, not a Blob: a Blob's content is asked for later, and may be gone by then.
  const body = labels as Uint8Array<ArrayBuffer>
  const response = await fetch(`${SCHEME}://library/${casePath(caseId)}/labels?${query}`, { method: 'POST', body })
  return v.parse(RevisionRow, await (await answered(response, 'the labels could not be saved')).json())
}
