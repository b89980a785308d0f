import * as v from 'valibot'
import type { RevisionRow } from '../../shared/caseHistory'
import { VOXELS_BEGIN } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { packFrames, unpackFrames } from '../../shared/frames'
import { reviewStatuses } from '../../shared/labels/status'
import type { ReviewStatus } from '../../shared/labels/status'
import { RejectReasons, StructureSeconds } from '../../shared/review'
import type { PackedVoxels } from '../library/packedVoxels'
import { APP_ORIGIN } from './answer'

/** Where voxels come from and go to; the library behind the routes. */
export interface VoxelStore {
  /** Int16 HU, RAS order, i fastest. */
  imageVoxels(caseId: string): Promise<Int16Array>
  labelVoxels(caseId: string, revision: string): Promise<Uint8Array>
  /** The file of either, of the image where there is no revision; null where it has to be read here. */
  packedVoxels(caseId: string, revision: string | null): Promise<PackedVoxels | null>
  /** As `encodeUncertainty` writes it; null where none was kept. */
  uncertainty(caseId: string, revision: string): Promise<Uint8Array | null>
  saveLabels(input: {
    caseId: string
    parent: string | null
    statuses: Record<string, ReviewStatus>
    labels: Uint8Array
    reasons?: RejectReasons
    seconds?: StructureSeconds
  }): Promise<RevisionRow>
  /** Edits since the current revision; null where there are none. */
  unsavedEdits(caseId: string): Promise<{ parent: string | null; edits: readonly Uint8Array[] } | null>
  addUnsavedEdits(caseId: string, parent: string | null, edits: readonly Uint8Array[]): Promise<void>
  replaceUnsavedEdits(caseId: string, parent: string | null, edits: readonly Uint8Array[]): Promise<void>
}

const Statuses = v.record(v.string(), v.picklist(reviewStatuses))
/** What a save may say besides: each as JSON. */
const Said = v.strictObject({ reasons: v.optional(RejectReasons), seconds: v.optional(StructureSeconds) })
const identifier = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}'
const imageRoute = new RegExp(`^/cases/(${identifier})/image$`)
const labelsRoute = new RegExp(`^/cases/(${identifier})/labels/(${identifier})$`)
const uncertaintyRoute = new RegExp(`^/cases/(${identifier})/uncertainty/(${identifier})$`)
const journalRoute = new RegExp(`^/cases/(${identifier})/journal$`)
const saveRoute = new RegExp(`^/cases/(${identifier})/labels$`)

/** Answers `emend://library/...` once it is known that the window asks (`guardLibrary`). Identifiers are names, never paths. */
export async function answerVoxels(store: VoxelStore, request: Request): Promise<Response> {
  try {
    return (await route(store, request)) ?? reply('not found', 404)
  } catch (error) {
    if (error instanceof EmendError) return reply(oneLine(error), 409)
    console.error(error)
    return reply(oneLine(error), 500)
  }
}

/** The file that an address of packed voxels stands for, with its headers; null where there is none. Never throws. */
export async function packedFile(
  store: Pick<VoxelStore, 'packedVoxels'>,
  url: string,
): Promise<{ path: string; headers: Record<string, string> } | null> {
  const { pathname } = new URL(url)
  const [, caseId, revision = null] = imageRoute.exec(pathname) ?? labelsRoute.exec(pathname) ?? []
  const packed = caseId === undefined ? null : await store.packedVoxels(caseId, revision).catch(() => null)
  if (!packed) return null
  const exposed = { 'Access-Control-Expose-Headers': VOXELS_BEGIN, [VOXELS_BEGIN]: String(packed.start) }
  return { path: packed.path, headers: { ...commonHeaders, ...exposed, 'Content-Type': 'application/gzip' } }
}

async function route(store: VoxelStore, request: Request): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  if (request.method === 'GET') {
    const image = imageRoute.exec(pathname)
    if (image) return voxels(await store.imageVoxels(image[1]!))
    const journal = journalRoute.exec(pathname)
    if (journal) return edits(await store.unsavedEdits(journal[1]!))
    const uncertainty = uncertaintyRoute.exec(pathname)
    if (uncertainty) return bytesOrNothing(await store.uncertainty(uncertainty[1]!, uncertainty[2]!))
    const labels = labelsRoute.exec(pathname)
    return labels ? voxels(await store.labelVoxels(labels[1]!, labels[2]!)) : null
  }
  const parent = searchParams.get('parent') || null
  if (parent !== null && !new RegExp(`^${identifier}$`).test(parent)) return reply('bad request: parent', 400)
  const journal = journalRoute.exec(pathname)
  if (journal) return keepEdits(store, request, journal[1]!, parent)
  const save = request.method === 'POST' ? saveRoute.exec(pathname) : null
  if (!save) return null
  const statuses = v.safeParse(Statuses, parseJson(searchParams.get('statuses')))
  if (!statuses.success) return reply('bad request: statuses', 400)
  const given = ['reasons', 'seconds'].filter((name) => searchParams.has(name))
  const said = v.safeParse(Said, Object.fromEntries(given.map((name) => [name, parseJson(searchParams.get(name))])))
  if (!said.success) return reply('bad request: reasons or seconds', 400)
  const labels = new Uint8Array(await request.arrayBuffer())
  const row = await store.saveLabels({ caseId: save[1]!, parent, statuses: statuses.output, labels, ...said.output })
  return reply(JSON.stringify(row), 200, 'application/json')
}

/** POST adds the edits packed in the body; PUT replaces all by them, which may be none. */
async function keepEdits(
  store: VoxelStore,
  request: Request,
  caseId: string,
  parent: string | null,
): Promise<Response | null> {
  if (request.method !== 'POST' && request.method !== 'PUT') return null
  let frames: Uint8Array[]
  try {
    frames = unpackFrames(new Uint8Array(await request.arrayBuffer()))
  } catch {
    return reply('bad request: edits', 400)
  }
  if (request.method === 'POST') await store.addUnsavedEdits(caseId, parent, frames)
  else await store.replaceUnsavedEdits(caseId, parent, frames)
  return reply('', 200)
}

/** The edits packed one behind the other; no content where there are none. */
function edits(journal: { readonly edits: readonly Uint8Array[] } | null): Response {
  return bytesOrNothing(journal && packFrames(journal.edits))
}

function bytesOrNothing(bytes: Uint8Array | null): Response {
  return bytes ? voxels(bytes) : new Response(null, { status: 204, headers: commonHeaders })
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

const commonHeaders = {
  'Access-Control-Allow-Origin': APP_ORIGIN,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}

function voxels(data: Int16Array | Uint8Array): Response {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  return new Response(bytes, { headers: { ...commonHeaders, 'Content-Type': 'application/octet-stream' } })
}

function reply(text: string, status: number, type = 'text/plain; charset=utf-8'): Response {
  return new Response(text, { status, headers: { ...commonHeaders, 'Content-Type': type } })
}
