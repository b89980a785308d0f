import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import type { LabelSchema } from '../../shared/labels/schema'
import { boxesOf } from '../../shared/voxels/box'
import { slicePicture, type Plane } from '../../shared/voxels/slicePicture'
import { writeFileAtomic } from '../imaging/atomicFile'
import { spacing, type LabelMap, type Volume } from '../imaging/volume'

const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']

/**
 * Writes one picture per plane, through the middle of a structure, with all masks over the image.
 * @param through id of the structure; the middle of the volume where it has no voxels
 * @returns the files' paths
 */
export async function writePictures(
  folder: string,
  name: string,
  image: Volume<Int16Array>,
  labels: LabelMap,
  schema: LabelSchema,
  through: number,
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const box = boxesOf(labels.data, labels.dims).get(through)
  const middle = image.dims.map((n, axis) => (box ? Math.floor((box.low[axis] + box.high[axis]) / 2) : n >> 1))
  const colors = new Map(schema.structures.map(({ id, color }) => [id, color]))
  const source = { dims: image.dims, spacing: spacing(image), image: image.data, labels: labels.data }
  return Promise.all(
    planes.map(async (plane) => {
      const index = middle[plane === 'axial' ? 2 : plane === 'coronal' ? 1 : 0]
      const { width, height, rgba } = slicePicture(source, plane, index, { colors })
      const png = new PNG({ width, height })
      png.data.set(rgba)
      const path = join(folder, `${name}-${plane}.png`)
      await writeFileAtomic(path, PNG.sync.write(png))
      return path
    }),
  )
}
