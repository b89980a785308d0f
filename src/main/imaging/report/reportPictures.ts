import { PNG } from 'pngjs'
import type { Vec3 } from '../../../shared/geometry/affine'
import { slicePicture, type Plane } from '../../../shared/voxels/slicePicture'
import { reorient } from '../canonical'
import type { LabelledImage } from '../labelledImage'
import { spacing } from '../volume'

export interface ReportPicture {
  readonly plane: Plane
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
}

const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']

/** One slice of each plane, where most of the labels is to be seen, with the labels in their colours laid over it. */
export async function reportPictures(labelled: LabelledImage): Promise<ReportPicture[]> {
  const image = reorient(await labelled.image(), 'RAS')
  const labels = reorient(labelled.labels, 'RAS')
  const colors = new Map(labelled.structures.map(({ id, color }) => [id, color]))
  const slices = fullestSlices(labels.data, labels.dims, colors)
  const source = { dims: image.dims, spacing: spacing(image), image: image.data, labels: labels.data }
  const window = labelled.modality === 'CT' ? {} : windowOf(image.data)
  return planes.map((plane, n) => {
    const { width, height, rgba } = slicePicture(source, plane, slices[n], { ...window, colors, pixelMm: 0.8 })
    const png = new PNG({ width, height })
    png.data = Buffer.from(rgba.buffer)
    return { plane, width, height, png: PNG.sync.write(png) }
  })
}

/** For axial, coronal and sagittal: the index of the slice with most labelled voxels, the middle one without any. */
function fullestSlices(
  labels: Uint8Array,
  [nx, ny, nz]: Vec3,
  shown: ReadonlyMap<number, string>,
): [number, number, number] {
  const counts = [new Uint32Array(nz), new Uint32Array(ny), new Uint32Array(nx)]
  const counted = new Uint8Array(256)
  for (const id of shown.keys()) counted[id] = 1
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        if (!counted[labels[n]]) continue
        counts[0][k]++
        counts[1][j]++
        counts[2][i]++
      }
    }
  }
  const [axial, coronal, sagittal] = counts.map((along) => {
    const most = along.reduce((best, count, n) => (count > along[best] ? n : best), 0)
    return along[most] > 0 ? most : along.length >> 1
  })
  return [axial, coronal, sagittal]
}

/** From the smallest value to the largest, where there is no usual window. */
function windowOf(data: ArrayLike<number>): { width: number; level: number } {
  let [low, high] = [Infinity, -Infinity]
  for (let n = 0; n < data.length; n++) {
    if (data[n] < low) low = data[n]
    if (data[n] > high) high = data[n]
  }
  return { width: Math.max(1, high - low), level: (low + high) / 2 }
}
