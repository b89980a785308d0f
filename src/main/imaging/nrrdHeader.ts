import { EmendError } from '../../shared/errors'
import { affineOf, determinantOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { voxelCount } from './volume'
import { MOST_VOXELS, type VoxelType } from './voxelTypes'

/** The fields of an NRRD header that a scalar image of at most three axes needs. */
export interface NrrdHeader {
  readonly dims: Vec3
  /** Voxel to RAS mm. */
  readonly affine: Affine
  readonly type: VoxelType
  readonly littleEndian: boolean
  readonly encoding: 'raw' | 'gzip' | 'ascii' | 'hex'
  readonly lineSkip: number
  /** -1 where the voxels are the end of the file. */
  readonly byteSkip: number
  /** Where a header of the same file ends. */
  readonly end: number
  /** Files that hold the voxels, where the header is detached. */
  readonly files: readonly string[]
  readonly warnings: readonly string[]
}

const types: Readonly<Record<string, VoxelType>> = {
  ...names('int8', 'signed char', 'int8', 'int8_t'),
  ...names('uint8', 'uchar', 'unsigned char', 'uint8', 'uint8_t'),
  ...names('int16', 'short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'),
  ...names('uint16', 'ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'),
  ...names('int32', 'int', 'signed int', 'int32', 'int32_t'),
  ...names('uint32', 'uint', 'unsigned int', 'uint32', 'uint32_t'),
  ...names('int64', 'longlong', 'long long', 'long long int', 'signed long long', 'signed long long int', 'int64', 'int64_t'), // prettier-ignore
  ...names('uint64', 'ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'),
  ...names('float32', 'float'),
  ...names('float64', 'double'),
}

function names(type: VoxelType, ...all: string[]): Record<string, VoxelType> {
  return Object.fromEntries(all.map((name) => [name, type]))
}

const encodings: Readonly<Record<string, NrrdHeader['encoding']>> = {
  raw: 'raw',
  gzip: 'gzip',
  gz: 'gzip',
  ascii: 'ascii',
  text: 'ascii',
  txt: 'ascii',
  hex: 'hex',
}

/** How a space's axes run, against RAS; a space that names no patient is taken for RAS. */
const spaces: Readonly<Record<string, Vec3>> = {
  'right-anterior-superior': [1, 1, 1],
  ras: [1, 1, 1],
  'left-anterior-superior': [-1, 1, 1],
  las: [-1, 1, 1],
  'left-posterior-superior': [-1, -1, 1],
  lps: [-1, -1, 1],
  'scanner-xyz': [1, 1, 1],
}

const inMillimetres: Readonly<Record<string, number>> = { mm: 1, millimeter: 1, millimeters: 1, cm: 10, m: 1000, um: 1e-3, 'µm': 1e-3, 'Âµm': 1e-3 } // prettier-ignore

/** Kinds of axes along which a voxel has several numbers. */
const NO_SPACE = /vector|colou?r|point|normal|gradient|matrix|tensor|complex|quaternion|list/i

const LONGEST_HEADER = 1 << 20

/** @throws EmendError where it is damaged, or says something other than a scalar image of up to three axes */
export function parseNrrdHeader(bytes: Uint8Array, name: string): NrrdHeader {
  const { fields, files, end } = fieldsOf(bytes, name)
  const refuse = (why: string): EmendError => new EmendError(`${name} is an NRRD file that ${why}`)
  const type = types[(fields.get('type') ?? '').toLowerCase()]
  if (!type) throw refuse(`stores its voxels as '${fields.get('type') ?? 'nothing'}', not as plain numbers`)
  const encoding = encodings[(fields.get('encoding') ?? '').toLowerCase()]
  if (!encoding) throw refuse(`is packed as '${fields.get('encoding') ?? 'nothing'}'`)
  const sizes = (fields.get('sizes') ?? '').split(/\s+/).map(Number)
  if (sizes.length !== Number(fields.get('dimension')) || sizes.some((n) => !Number.isInteger(n) || n < 1)) {
    throw refuse('does not say its sizes')
  }
  // Axes of length 1 that are no space (a vector of one component, a single time point) say nothing.
  const directions = vectorsOf(fields.get('space directions') ?? '')
  const kinds = (fields.get('kinds') ?? '').split(/\s+/)
  const kept = sizes
    .map((_, axis) => axis)
    .filter((axis) => sizes[axis] > 1 || directions[axis] || (directions.length === 0 && sizes.length <= 3))
  const spatial = kept.length > 3 ? kept.filter((axis) => sizes[axis] > 1) : kept
  const listed = directions.length > 0
  const several = spatial.some((axis) => (listed && !directions[axis]) || NO_SPACE.test(kinds[axis] ?? ''))
  if (spatial.length > 3 || several || (listed && directions.length !== sizes.length)) {
    throw refuse(`holds ${sizes.join(' x ')} numbers; Emend reads images of one number a voxel`)
  }
  const at = (n: number): number => sizes[spatial[n]] ?? 1
  const dims: Vec3 = [at(0), at(1), at(2)]
  if (voxelCount(dims) > MOST_VOXELS) throw refuse(`says it holds ${dims.join(' x ')} voxels; too large`)
  const endian = (fields.get('endian') ?? '').toLowerCase()
  const warnings: string[] = []
  const chosen = spatial.map((axis) => directions[axis] ?? null)
  return {
    dims,
    affine: affineFrom(fields, chosen, spatial, warnings, refuse),
    type,
    littleEndian: endian !== 'big',
    encoding,
    lineSkip: skipOf(fields, 'line', 0),
    byteSkip: skipOf(fields, 'byte', -1),
    end,
    files,
    warnings,
  }
}

function skipOf(fields: ReadonlyMap<string, string>, unit: 'line' | 'byte', least: number): number {
  const value = Number(fields.get(`${unit} skip`) ?? fields.get(`${unit}skip`) ?? 0)
  return Number.isInteger(value) && value >= least && value < 2 ** 31 ? value : 0
}

/** The header's lines up to an empty one, 'field: value' by field. */
function fieldsOf(bytes: Uint8Array, name: string): { fields: Map<string, string>; files: string[]; end: number } {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, LONGEST_HEADER))
  const blank = /\r?\n\r?\n/.exec(start)
  const text = blank ? start.slice(0, blank.index) : start
  const fields = new Map<string, string>()
  const files: string[] = []
  let listing = false
  for (const line of text.split(/\r?\n/).slice(1)) {
    if (listing) {
      files.push(line)
      continue
    }
    const [, field, value] = /^([^#:][^:]*): (.*)$/.exec(line) ?? []
    if (field === undefined) continue
    fields.set(field.toLowerCase(), value.trim())
    if (/^data ?file$/i.test(field)) {
      listing = /^LIST/.test(value)
      if (!listing) files.push(...numbered(value.trim(), name))
    }
  }
  if (!blank && files.length === 0) throw new EmendError(`${name} is cut short: its NRRD header does not end`)
  return { fields, files: files.filter(Boolean), end: blank ? blank.index + blank[0].length : start.length }
}

/** One name, or 'slice%03d.raw 1 20 1': a printf pattern with first, last and step. */
function numbered(value: string, name: string): string[] {
  const [, pattern, first, last, step] = /^(\S*%0?\d*d\S*) (-?\d+) (-?\d+) (-?\d+)/.exec(value) ?? []
  if (pattern === undefined) return [value]
  const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1
  if (!Number.isFinite(count) || count < 1 || count > 100_000)
    throw new EmendError(`${name} names no files with its voxels`)
  return Array.from({ length: count }, (_, n) =>
    pattern.replace(/%(0?)(\d*)d/, (_match, zero: string, width: string) =>
      String(Number(first) + n * Number(step)).padStart(Number(width), zero === '0' ? '0' : ' '),
    ),
  )
}

/** '(1,0,0) none (0,1,0)' as vectors; null for none. */
function vectorsOf(text: string): (Vec3 | null)[] {
  return [...text.matchAll(/none|\(([^)]*)\)/g)].map((match) => {
    const numbers = (match[1] ?? '').split(',').map(Number)
    return numbers.length === 3 && numbers.every(Number.isFinite) ? [numbers[0], numbers[1], numbers[2]] : null
  })
}

function affineFrom(
  fields: ReadonlyMap<string, string>,
  directions: readonly (Vec3 | null)[],
  spatial: readonly number[],
  warnings: string[],
  refuse: (why: string) => EmendError,
): Affine {
  const space = (fields.get('space') ?? '').toLowerCase()
  const signs = spaces[space]
  if (!signs) warnings.push('the file does not say how its axes lie in the patient; taken for RAS')
  const units = [...(fields.get('space units') ?? '').matchAll(/"([^"]*)"/g)].map(([, unit]) => unit)
  const scale = inMillimetres[units[0] ?? 'mm'] ?? 1
  const turn = (v: Vec3): Vec3 =>
    [0, 1, 2].map((axis) => (signs ?? [1, 1, 1])[axis] * scale * v[axis] + 0) as unknown as Vec3
  const spacings = (fields.get('spacings') ?? '').split(/\s+/).map(Number)
  const unit = (n: number): Vec3 => [n === 0 ? 1 : 0, n === 1 ? 1 : 0, n === 2 ? 1 : 0]
  const column = (n: number): Vec3 => {
    const direction = directions[n]
    if (direction) return turn(direction)
    const mm = spacings[spatial[n]]
    const length = Number.isFinite(mm) && mm > 0 ? mm : 1
    return turn([length * unit(n)[0], length * unit(n)[1], length * unit(n)[2]])
  }
  const origin = vectorsOf(fields.get('space origin') ?? '')[0] ?? [0, 0, 0]
  const affine = affineOf(column(0), column(1), column(2), turn(origin))
  if (!(Math.abs(determinantOf(affine)) > 1e-12)) throw refuse('has axes that lie in one plane')
  return affine
}
