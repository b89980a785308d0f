import * as v from 'valibot'
import type { RevisionRow } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { reviewStatuses } from '../../shared/labels/status'
import type { ReviewStatus } from '../../shared/labels/status'
import { APP_ORIGIN } from './answer'

/** Where voxels come from and go to; the library behind the routes. */
export interface VoxelStore {
  /** Int16 HU, RAS order, i fastest. */
  imageVoxels(caseId: string): Promise<Int16Array>
  labelVoxels(caseId: string, revision: string): Promise<Uint8Array>
  saveLabels(input: {
    caseId: string
    parent: string | null
    statuses: Record<string, ReviewStatus>
    labels: Uint8Array
  }): Promise<RevisionRow>
}

const Statuses = v.record(v.string(), v.picklist(reviewStatuses))
const identifier = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}'
const imageRoute = new RegExp(`^/cases/(${identifier})/image$`)
const labelsRoute = new RegExp(`^/cases/(${identifier})/labels/(${identifier})$`)
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

async function route(store: VoxelStore, request: Request): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  if (request.method === 'GET') {
    const image = imageRoute.exec(pathname)
    if (image) return voxels(await store.imageVoxels(image[1]!))
    const labels = labelsRoute.exec(pathname)
    return labels ? voxels(await store.labelVoxels(labels[1]!, labels[2]!)) : null
  }
  const save = request.method === 'POST' ? saveRoute.exec(pathname) : null
  if (!save) return null
  const statuses = v.safeParse(Statuses, parseJson(searchParams.get('statuses')))
  if (!statuses.success) return reply('bad request: statuses', 400)
  const parent = searchParams.get('parent')
  if (parent && !new RegExp(`^${identifier}$`).test(parent)) return reply('bad request: parent', 400)
  const labels = new Uint8Array(await request.arrayBuffer())
  const row = await store.saveLabels({ caseId: save[1]!, parent: parent || null, statuses: statuses.output, labels })
  return reply(JSON.stringify(row), 200, 'application/json')
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
