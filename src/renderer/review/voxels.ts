import * as v from 'valibot'
import { RevisionRow, SCHEME } from '../../shared/contract'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Statuses } from '../../shared/labels/status'
import { Breath } from '../editor/breath'

/** Voxels come and go as bytes over the app's own scheme. */

const caseUrl = (caseId: string): string => `${SCHEME}://library/cases/${encodeURIComponent(caseId)}`

/** A failed answer's body is the one line to show. */
async function answered(response: Response, what: string): Promise<Response> {
  if (response.ok) return response
  const line = (await response.text()).trim()
  throw new Error(line || `${what}: the library answered ${response.status}`)
}

async function bytesOf(url: string, expected: number, what: string): Promise<ArrayBuffer> {
  const response = await answered(await fetch(url), what)
  const bytes = new Uint8Array(expected)
  let came = 0
  // Piece by piece: joined at the end, a large volume would hold the window up.
  const breath = new Breath()
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    if (came + piece.value.length <= expected) bytes.set(piece.value, came)
    came += piece.value.length
    await breath.due()
  }
  if (came !== expected) throw new Error(`${what}: ${came} bytes came where the grid needs ${expected}`)
  return bytes.buffer
}

const voxelsOf = (dims: Vec3): number => dims[0] * dims[1] * dims[2]

/** HU, RAS order, i fastest. */
export async function fetchImage(caseId: string, dims: Vec3): Promise<Int16Array> {
  return new Int16Array(await bytesOf(`${caseUrl(caseId)}/image`, 2 * voxelsOf(dims), 'the image'))
}

export async function fetchLabels(caseId: string, revision: string, dims: Vec3): Promise<Uint8Array> {
  const url = `${caseUrl(caseId)}/labels/${encodeURIComponent(revision)}`
  return new Uint8Array(await bytesOf(url, voxelsOf(dims), 'the labels'))
}

/** Stores a new revision on top of `parent`; the bytes are taken at once, so that editing can go on meanwhile. */
export async function saveLabels(
  caseId: string,
  labels: Uint8Array,
  parent: string | null,
  statuses: Statuses,
): Promise<RevisionRow> {
  const query = new URLSearchParams({ statuses: JSON.stringify(statuses) })
  if (parent !== null) query.set('parent', parent)
  // Bytes, not a Blob: a Blob's content is asked for later, and may be gone by then.
  const body = labels as Uint8Array<ArrayBuffer>
  const response = await fetch(`${caseUrl(caseId)}/labels?${query}`, { method: 'POST', body })
  return v.parse(RevisionRow, await (await answered(response, 'the labels could not be saved')).json())
}
