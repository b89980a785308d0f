import { open } from 'node:fs/promises'
import type { Vec3 } from '../../shared/geometry/affine'
import { plainHeader } from '../imaging/nifti'
import { caseGrid } from './cases'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { getRevision } from './revisions'

/** A file of voxels as it lies in the library, for someone else to unpack. */
export interface PackedVoxels {
  /** Of the gzipped file. */
  readonly path: string
  /** Where the voxels begin once it is unpacked, in the order and type that they have in memory. */
  readonly start: number
}

/** NIfTI's codes. */
const types = { image: 4, labels: 2 } as const
/** Enough for any header. */
const startBytes = 1 << 16

/** A case's image as its file; null where it has to be read here: it is not stored as the rest are, or it is not there. */
export async function packedImage(library: Library, caseId: string): Promise<PackedVoxels | null> {
  return packed(libraryPaths.image(library.root, caseId), caseGrid(library, caseId).dims, types.image)
}

/** The same of a label revision. @throws EmendError where the case has no such revision */
export async function packedLabels(library: Library, caseId: string, revision: string): Promise<PackedVoxels | null> {
  getRevision(library, caseId, revision)
  return packed(libraryPaths.labels(library.root, caseId, revision), caseGrid(library, caseId).dims, types.labels)
}

async function packed(path: string, dims: Vec3, type: number): Promise<PackedVoxels | null> {
  const file = await open(path).catch(() => null)
  if (!file) return null
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0)
    const header = plainHeader(buffer.subarray(0, bytesRead))
    const fits = header?.datatype === type && header.dims.every((size, axis) => size === dims[axis])
    return fits ? { path, start: header.voxelOffset } : null
  } finally {
    await file.close()
  }
}
