import { SCHEME, type CaseRow } from '../../shared/contract'
import { pictureWindow, windowRange } from '../viewer/windows'

const size = 96

/** So many pictures are kept, the last seen; each takes 36 kB. */
const KEPT = 300

/** One picture at a time, so that a long list never reads many volumes at once. */
const made = new Map<string, Made>()
let queue: Promise<unknown> = Promise.resolve()

interface Made {
  readonly picture: Promise<ImageBitmap>
  /** Of all who asked for it. */
  readonly unwanted: AbortSignal[]
}

/**
 * @param unwanted given up before its turn came: a list that is scrolled through draws nothing on the way
 * @param drawn draws it
 * @throws the reason of `unwanted` where all who asked for the picture gave it up
 */
export function thumbnailOf(row: CaseRow, unwanted: AbortSignal, drawn = draw): Promise<ImageBitmap> {
  const known = made.get(row.id)
  if (known) {
    known.unwanted.push(unwanted)
    made.delete(row.id)
    made.set(row.id, known)
    return known.picture
  }
  const asking = [unwanted]
  const picture = queue.then(() => {
    if (asking.some(({ aborted }) => !aborted)) return drawn(row)
    made.delete(row.id)
    throw unwanted.reason
  })
  queue = picture.catch(() => undefined)
  made.set(row.id, { picture, unwanted: asking })
  for (const [oldest] of made) {
    if (made.size <= KEPT) break
    made.delete(oldest)
  }
  return picture
}

/** The middle axial slice, a CT's in the abdomen window, another's in its own, seen from below as radiologists do. */
async function draw({ id, dims, spacing, modality }: CaseRow): Promise<ImageBitmap> {
  const [nx, ny, nz] = dims
  const slice = await readSlice(
    `${SCHEME}://library/cases/${encodeURIComponent(id)}/image`,
    nx * ny,
    Math.floor(nz / 2),
  )
  const mm = Math.max(nx * spacing[0], ny * spacing[1]) / size
  const [black, white] = windowRange(pictureWindow(modality, slice))
  const picture = new ImageData(size, size)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const i = Math.floor(nx / 2 - ((x + 0.5 - size / 2) * mm) / spacing[0])
      const j = Math.floor(ny / 2 - ((y + 0.5 - size / 2) * mm) / spacing[1])
      const inside = i >= 0 && j >= 0 && i < nx && j < ny
      const hu = inside ? slice[i + nx * j] : black
      picture.data.fill(Math.round((255 * (hu - black)) / (white - black)), 4 * (x + size * y), 4 * (x + size * y) + 3)
      picture.data[4 * (x + size * y) + 3] = 255
    }
  }
  return createImageBitmap(picture)
}

/** Reads the stream as far as the slice and no further. @returns values, i fastest */
export async function readSlice(url: string, voxels: number, k: number): Promise<Int16Array> {
  const from = 2 * voxels * k
  const bytes = new Uint8Array(2 * voxels)
  const response = await fetch(url)
  if (!response.ok || !response.body) throw new Error(`the image could not be read (${response.status})`)
  let at = 0
  const reader = response.body.getReader()
  while (at < from + bytes.length) {
    const { done, value } = await reader.read()
    if (done) throw new Error('the image ended before its middle')
    const start = Math.max(from, at)
    const stop = Math.min(from + bytes.length, at + value.length)
    if (stop > start) bytes.set(value.subarray(start - at, stop - at), start - from)
    at += value.length
  }
  await reader.cancel()
  return new Int16Array(bytes.buffer)
}
