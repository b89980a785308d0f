import { EmendError } from '../../shared/errors'
import { columnOf, determinantOf, spacingOf, type Affine, type Vec3 } from '../../shared/geometry/affine'

/** The fields of a NIfTI-1 or NIfTI-2 header that a scalar image needs, in one shape for both versions. */
export interface NiftiHeader {
  readonly version: 1 | 2
  readonly littleEndian: boolean
  /** Bytes that the header itself takes: 348 or 540. */
  readonly size: 348 | 540
  readonly dims: Vec3
  readonly datatype: number
  readonly bitsPerVoxel: number
  /** Where voxels begin in the file that holds them. */
  readonly voxelOffset: number
  /** True where voxels are in a separate .img file. */
  readonly detached: boolean
  readonly slope: number
  readonly intercept: number
  readonly affine: Affine
  readonly warnings: readonly string[]
}

/** Byte positions of each field in the two layouts (nifti1.h, nifti2.h). */
const layouts = {
  1: {
    size: 348,
    magic: 344,
    dim: 40,
    datatype: 70,
    bitpix: 72,
    pixdim: 76,
    voxOffset: 108,
    slope: 112,
    inter: 116,
    units: 123,
    qformCode: 252,
    sformCode: 254,
    quatern: 256,
    qoffset: 268,
    srow: 280,
  },
  2: {
    size: 540,
    magic: 4,
    datatype: 12,
    bitpix: 14,
    dim: 16,
    pixdim: 104,
    voxOffset: 168,
    slope: 176,
    inter: 184,
    qformCode: 344,
    sformCode: 348,
    quatern: 352,
    qoffset: 376,
    srow: 400,
    units: 500,
  },
} as const

/** Readers of one field, alike for both versions: NIfTI-2 widens every number. */
class Fields {
  readonly at: (typeof layouts)[1 | 2]
  private readonly view: DataView
  private readonly version: 1 | 2
  private readonly little: boolean

  constructor(view: DataView, version: 1 | 2, little: boolean) {
    this.view = view
    this.version = version
    this.little = little
    this.at = layouts[version]
  }

  real(offset: number, index = 0): number {
    return this.version === 1
      ? this.view.getFloat32(offset + 4 * index, this.little)
      : this.view.getFloat64(offset + 8 * index, this.little)
  }

  dim(index: number): number {
    return this.version === 1
      ? this.view.getInt16(this.at.dim + 2 * index, this.little)
      : Number(this.view.getBigInt64(this.at.dim + 8 * index, this.little))
  }

  code(offset: number): number {
    return this.version === 1 ? this.view.getInt16(offset, this.little) : this.view.getInt32(offset, this.little)
  }

  short(offset: number): number {
    return this.view.getInt16(offset, this.little)
  }

  voxelOffset(): number {
    return this.version === 1
      ? this.view.getFloat32(this.at.voxOffset, this.little)
      : Number(this.view.getBigInt64(this.at.voxOffset, this.little))
  }
}

/** Version and byte order from the first four bytes, which hold the header's own size; null where it is no NIfTI. */
export function sniffNifti(bytes: Uint8Array): { version: 1 | 2; littleEndian: boolean } | null {
  if (bytes.length < 348) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian)
    const version = size === 348 ? 1 : size === 540 && bytes.length >= 540 ? 2 : null
    if (version === null) continue
    const magic = String.fromCharCode(...bytes.subarray(layouts[version].magic, layouts[version].magic + 3))
    if (magic === `n+${version}` || magic === `ni${version}`) return { version, littleEndian }
  }
  return null
}

/**
 * Reads a header.
 * @param name how errors name the file
 * @throws EmendError where the bytes are no NIfTI header, or say something that no scalar 3-D image can.
 */
export function parseNiftiHeader(bytes: Uint8Array, name: string): NiftiHeader {
  const kind = sniffNifti(bytes)
  if (!kind) throw new EmendError(`${name} is not a NIfTI image`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new Fields(view, kind.version, kind.littleEndian)
  const { at } = fields
  const warnings: string[] = []

  const dims = dimsOf(fields, name)
  const detached = bytes[at.magic + 1] === 'i'.charCodeAt(0)
  const voxelOffset = fields.voxelOffset()
  if (!Number.isInteger(voxelOffset) || voxelOffset < (detached ? 0 : at.size)) {
    throw new EmendError(`${name} is corrupt: its voxels are said to begin at byte ${voxelOffset}`)
  }
  return {
    ...kind,
    size: at.size,
    dims,
    datatype: fields.short(at.datatype),
    bitsPerVoxel: fields.short(at.bitpix),
    voxelOffset,
    detached,
    slope: fields.real(at.slope),
    intercept: fields.real(at.inter),
    affine: affineFrom(fields, dims, name, warnings, view.getUint8(at.units) & 7),
    warnings,
  }
}

function dimsOf(fields: Fields, name: string): Vec3 {
  const rank = fields.dim(0)
  if (rank < 1 || rank > 7) throw new EmendError(`${name} is corrupt: it says it has ${rank} dimensions`)
  const sizes = Array.from({ length: 7 }, (_, axis) => (axis < rank ? fields.dim(axis + 1) : 1))
  const wrong = sizes.find((n) => n < 1 || !Number.isSafeInteger(n))
  if (wrong !== undefined) throw new EmendError(`${name} is corrupt: one of its dimensions is ${wrong}`)
  if (sizes.slice(3).some((n) => n > 1)) {
    throw new EmendError(`${name} holds several volumes (${sizes.slice(0, rank).join(' x ')}); Emend reads one`, {
      hint: 'split it into one file a volume',
    })
  }
  return [sizes[0], sizes[1], sizes[2]]
}

/** Millimetres per spatial unit by NIfTI code; 0 means unknown, and everyone takes that as mm. */
const unitInMm: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 }

/**
 * Voxel to RAS mm as nibabel's get_best_affine: the sform where its code is not 0, else the qform where its code is
 * not 0, else the spacing with the grid's centre at the origin (and x flipped, as SPM and nibabel do).
 */
function affineFrom(fields: Fields, dims: Vec3, name: string, warnings: string[], units: number): Affine {
  const sform = fields.code(fields.at.sformCode) !== 0
  const qform = fields.code(fields.at.qformCode) !== 0
  const raw = sform ? sformOf(fields) : qform ? qformOf(fields, warnings) : baseOf(fields, dims)
  if (!sform && !qform) warnings.push('the file says nothing of its orientation; left and right may be swapped')
  if (!raw.flat().every(Number.isFinite) || Math.abs(determinantOf(raw)) < 1e-12) {
    throw new EmendError(`${name} is corrupt: its voxel axes or spacing are not usable`)
  }
  const scale = unitInMm[units] ?? 1
  if (scale !== 1) warnings.push(`the file is in ${units === 1 ? 'metres' : 'micrometres'}; converted to mm`)
  const affine = scaleAffine(raw, scale)
  const worst = worstCosine(affine)
  if (worst > 1e-3) {
    const degrees = (Math.asin(Math.min(1, worst)) * 180) / Math.PI
    warnings.push(`the voxel axes are ${degrees.toFixed(2)} degrees off a right angle; kept as they are`)
  }
  return affine
}

function sformOf(fields: Fields): Affine {
  const row = (r: number): [number, number, number, number] => {
    const value = (c: number): number => fields.real(fields.at.srow, 4 * r + c)
    return [value(0), value(1), value(2), value(3)]
  }
  return [row(0), row(1), row(2)]
}

/** Method 2 of nifti1.h: a unit quaternion (a from b, c, d), spacing, and qfac = -1 for a mirrored third axis. */
function qformOf(fields: Fields, warnings: string[]): Affine {
  const [b, c, d] = [0, 1, 2].map((n) => fields.real(fields.at.quatern, n))
  const rest = 1 - (b * b + c * c + d * d)
  if (rest < -1e-3) warnings.push('the quaternion in the file is longer than 1; it was normalised')
  // Below the rounding of 32-bit floats a half turn is meant, as nibabel and nifti1_io.c take it too.
  const halfTurn = rest < 3 * 2 ** -23
  const norm = halfTurn ? 1 / Math.hypot(b, c, d) : 1
  const rotation = rotationOf(halfTurn ? 0 : Math.sqrt(rest), b * norm, c * norm, d * norm)
  const [sx, sy, sz] = spacingFields(fields)
  const qfac = fields.real(fields.at.pixdim, 0) < 0 ? -1 : 1
  const row = (r: 0 | 1 | 2): [number, number, number, number] => [
    rotation[r][0] * sx,
    rotation[r][1] * sy,
    rotation[r][2] * sz * qfac,
    fields.real(fields.at.qoffset, r),
  ]
  return [row(0), row(1), row(2)]
}

function baseOf(fields: Fields, [nx, ny, nz]: Vec3): Affine {
  const [sx, sy, sz] = spacingFields(fields)
  return [
    [-sx, 0, 0, (sx * (nx - 1)) / 2],
    [0, sy, 0, (-sy * (ny - 1)) / 2],
    [0, 0, sz, (-sz * (nz - 1)) / 2],
  ]
}

function spacingFields(fields: Fields): Vec3 {
  const along = (axis: number): number => Math.abs(fields.real(fields.at.pixdim, axis))
  return [along(1), along(2), along(3)]
}

type Matrix = readonly [Vec3, Vec3, Vec3]

function rotationOf(a: number, b: number, c: number, d: number): Matrix {
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
  ]
}

/** The unit quaternion (b, c, d; a >= 0) of a rotation, by the largest of its four components (Shepperd 1978). */
function quaternionOf([[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]: Matrix): Vec3 {
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 + yy - xx - zz, 1 + zz - xx - yy]
  const largest = squares.indexOf(Math.max(...squares))
  const twice = Math.sqrt(squares[largest])
  const [a, b, c, d] = [
    [twice / 2, (zy - yz) / (2 * twice), (xz - zx) / (2 * twice), (yx - xy) / (2 * twice)],
    [(zy - yz) / (2 * twice), twice / 2, (xy + yx) / (2 * twice), (xz + zx) / (2 * twice)],
    [(xz - zx) / (2 * twice), (xy + yx) / (2 * twice), twice / 2, (yz + zy) / (2 * twice)],
    [(yx - xy) / (2 * twice), (xz + zx) / (2 * twice), (yz + zy) / (2 * twice), twice / 2],
  ][largest]
  const sign = a < 0 ? -1 : 1
  return [b * sign, c * sign, d * sign]
}

function scaleAffine(affine: Affine, scale: number): Affine {
  const row = (r: 0 | 1 | 2): [number, number, number, number] => {
    const [a, b, c, d] = affine[r]
    return [a * scale, b * scale, c * scale, d * scale]
  }
  return scale === 1 ? affine : [row(0), row(1), row(2)]
}

/** The largest |cosine| between two voxel axes: 0 where they are at right angles. */
function worstCosine(affine: Affine): number {
  const s = spacingOf(affine)
  const cosine = (a: 0 | 1 | 2, b: 0 | 1 | 2): number => {
    const [u, v] = [columnOf(affine, a), columnOf(affine, b)]
    return Math.abs(u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / (s[a] * s[b])
  }
  return Math.max(cosine(0, 1), cosine(0, 2), cosine(1, 2))
}

/** The rotation nearest to the axes by Gram-Schmidt, and whether the third axis is mirrored. */
function rotationWithHand(affine: Affine): { rotation: Matrix; qfac: 1 | -1 } {
  const unit = (v: Vec3): Vec3 => {
    const length = Math.hypot(...v)
    return [v[0] / length, v[1] / length, v[2] / length]
  }
  const x = unit(columnOf(affine, 0))
  const j = columnOf(affine, 1)
  const along = x[0] * j[0] + x[1] * j[1] + x[2] * j[2]
  const y = unit([j[0] - along * x[0], j[1] - along * x[1], j[2] - along * x[2]])
  const z: Vec3 = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
  return {
    rotation: [
      [x[0], y[0], z[0]],
      [x[1], y[1], z[1]],
      [x[2], y[2], z[2]],
    ],
    qfac: determinantOf(affine) < 0 ? -1 : 1,
  }
}

/** What other programs show of where a file comes from: at most 79 ASCII characters. */
const DESCRIPTION = 'Emend: not for clinical use'

const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0))

/**
 * A little-endian NIfTI-1 header with its empty extension flag, 352 bytes, for a .nii file. sform and qform carry the
 * same matrix with code 1 (scanner); a qform can only hold right angles, so a sheared grid is exact in its sform only.
 * @throws EmendError where an axis is longer than NIfTI-1's 32767 voxels.
 */
export function encodeNiftiHeader(dims: Vec3, affine: Affine, datatype: number, bitsPerVoxel: number): Uint8Array {
  if (dims.some((n) => n > 32767)) throw new EmendError(`an image of ${dims.join(' x ')} voxels does not fit NIfTI-1`)
  const at = layouts[1]
  const bytes = new Uint8Array(352)
  const view = new DataView(bytes.buffer)
  const reals = (offset: number, values: readonly number[]): void =>
    values.forEach((value, n) => view.setFloat32(offset + 4 * n, value, true))
  const { rotation, qfac } = rotationWithHand(affine)
  view.setInt32(0, 348, true)
  ;[3, ...dims, 1, 1, 1, 1].forEach((n, axis) => view.setInt16(at.dim + 2 * axis, n, true))
  view.setInt16(at.datatype, datatype, true)
  view.setInt16(at.bitpix, bitsPerVoxel, true)
  reals(at.pixdim, [qfac, ...spacingOf(affine), 0, 0, 0, 0])
  reals(at.voxOffset, [352])
  view.setUint8(at.units, 2)
  view.setInt16(at.qformCode, 1, true)
  view.setInt16(at.sformCode, 1, true)
  reals(at.quatern, quaternionOf(rotation))
  reals(at.qoffset, columnOf(affine, 3))
  reals(at.srow, affine.flat())
  bytes.set(ascii(DESCRIPTION), 148)
  bytes.set(ascii('n+1'), at.magic)
  return bytes
}
