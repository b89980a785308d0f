import { count } from '../../shared/count'
import { unmeasured, type NextCase, type NoteRow, type Strategy } from '../../shared/review'

const plain = (structure: string): string => structure.replaceAll('-', ' ')

/** Why a case comes next, for the reader; empty where there is nothing to say. */
export function foundFor(strategy: Strategy, found: NextCase): string {
  const { structure, value } = found
  if (structure === null) return unmeasured(strategy, found)
  const name = plain(structure)
  if (strategy === 'uncertain' && value !== null) return `Most uncertain: ${name}, ${value.toFixed(2)} bits`
  if (strategy === 'mixed' && value !== null) return `Uncertain: ${name}, ${value.toFixed(2)} bits`
  if (strategy === 'disagreement' && value !== null) return `Models disagree on ${name}: DSC ${(1 - value).toFixed(2)}`
  if (strategy === 'implausible' && value !== null) return `Unusual volume: ${name}, ${value.toFixed(1)} deviations`
  if (strategy === 'structures') return `Next: ${name}`
  return ''
}

/** Every case that is left was shown in this sitting. */
export const startsOver = 'Only cases that you left are still to review: they come again'

/** Where Next finds no other case: what is left all the same. */
export function nothingElse(broken: number, isOpenLeft: boolean): string {
  const left = isOpenLeft ? 'Only this case is left to review' : 'Nothing is left to review'
  return broken > 0 ? `${left}, but ${count(broken, 'case')} that could not be opened` : left
}

/** What a note is, before its text. */
export function noteWords({ kind, structure }: NoteRow): string {
  const of = structure === null ? '' : ` ${plain(structure)}`
  switch (kind) {
    case 'comment':
      return structure === null ? 'said' : `said of${of}`
    case 'flag':
      return `flagged${of || ' the case'}`
    case 'unflag':
      return `took the flag off${of}`
    case 'reject':
      return `rejected${of}`
    case 'reopen':
      return `opened${of || ' the case'} again`
    case 'second-reading':
      return 'asked for a second reading'
    case 'arbitration':
      return 'settled two readings'
  }
}

/** How many voxels two label maps differ by in each axial slice, in pieces, so that a window can draw in between. */
export async function differencesBySlice(
  first: Uint8Array,
  second: Uint8Array,
  sliceVoxels: number,
  pause: () => Promise<void>,
): Promise<Uint32Array> {
  const slices = Math.floor(first.length / sliceVoxels)
  const differing = new Uint32Array(slices)
  // About a million voxels a piece, some 2 ms.
  const atOnce = Math.max(1, Math.floor(1_000_000 / sliceVoxels))
  for (let k = 0; k < slices; k++) {
    const end = (k + 1) * sliceVoxels
    let count = 0
    for (let voxel = k * sliceVoxels; voxel < end; voxel++) if (first[voxel] !== second[voxel]) count++
    differing[k] = count
    if ((k + 1) % atOnce === 0) await pause()
  }
  return differing
}

/** The slice with the most differences; the middle one where there are none. */
export function worstSlice(differing: Uint32Array): number {
  const worst = differing.reduce((best, count, k) => (count > differing[best] ? k : best), 0)
  return differing.length > 0 && differing[worst] > 0 ? worst : differing.length >> 1
}

/**
 * One axial slice with two readings over it: where only the first has a structure, only the second, or both differ, as
 * RGBA. Rows run from front to back, columns from the patient's right to left, as radiologists look.
 * @param slice HU; `first` and `second` labels of the same slice
 */
export function readingsPicture(
  slice: Int16Array,
  first: Uint8Array,
  second: Uint8Array,
  [nx, ny]: readonly [number, number],
  [black, white]: readonly [number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * nx * ny)
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      const voxel = nx - 1 - x + nx * (ny - 1 - y)
      const grey = (255 * (slice[voxel] - black)) / (white - black)
      const [a, b] = [first[voxel], second[voxel]]
      const tint = a === b ? (a === 0 ? null : both) : a !== 0 && b !== 0 ? clash : a !== 0 ? onlyFirst : onlySecond
      const at = 4 * (x + nx * y)
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = tint ? (1 - tint.strength) * grey + tint.strength * tint.rgb[channel] : grey
      }
      pixels[at + 3] = 255
    }
  }
  return pixels
}

interface Tint {
  readonly rgb: readonly [number, number, number]
  readonly strength: number
}

const both: Tint = { rgb: [200, 200, 200], strength: 0.18 }
const onlyFirst: Tint = { rgb: [255, 176, 0], strength: 0.6 }
const onlySecond: Tint = { rgb: [80, 160, 255], strength: 0.6 }
const clash: Tint = { rgb: [220, 60, 160], strength: 0.6 }

/** The tints of the picture, as CSS has them, for its legend. */
export const tints = { first: 'rgb(255 176 0)', second: 'rgb(80 160 255)', clash: 'rgb(220 60 160)' } as const
