import type { Vec3 } from '../src/shared/geometry/affine'
import { reorient } from '../src/main/imaging/canonical'
import { resampleNearest } from '../src/main/imaging/resample'
import type { LabelMap, Volume } from '../src/main/imaging/volume'
import { TENSOR_INPUT } from '../src/main/learning/preparedCase'
import type { Recipe } from '../src/main/learning/recipe'
import { preprocess } from '../src/main/segmentation/preprocess'

/** Points that every patient has, by name, in voxels (i, j, k) of the network's grid. */
export type Landmarks = ReadonlyMap<string, Vec3>

/** Labels on the grid that the network sees of their image. */
export function onNetworkGrid(image: Volume, labels: LabelMap, recipe: Pick<Recipe, 'preprocess'>): LabelMap {
  const { gridOnInput } = preprocess(image, { preprocess: recipe.preprocess, input: TENSOR_INPUT })
  return reorient(resampleNearest(labels, gridOnInput), recipe.preprocess.orientation)
}

function voxelsOf({ data, dims }: LabelMap, ids: readonly number[]): Vec3[] {
  const [ni, nj] = dims
  const voxels: Vec3[] = []
  data.forEach((id, at) => {
    if (ids.includes(id)) voxels.push([at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))])
  })
  return voxels
}

function mean(points: readonly Vec3[]): Vec3 {
  const along = (axis: 0 | 1 | 2): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length
  return [along(0), along(1), along(2)]
}

/** The middle of the outermost voxels, along an axis, in a direction. */
function end(points: readonly Vec3[], axis: 0 | 1 | 2, direction: 1 | -1): Vec3 {
  const furthest = points.reduce((best, point) => Math.max(best, direction * point[axis]), -Infinity)
  return mean(points.filter((point) => direction * point[axis] === furthest))
}

/** The middle of each structure, by its name; those that the labels lack are left out. */
export function centroids(labels: LabelMap, ids: Readonly<Record<string, number>>): Landmarks {
  return new Map(
    Object.entries(ids).flatMap(([name, id]): [string, Vec3][] => {
      const voxels = voxelsOf(labels, [id])
      return voxels.length > 0 ? [[name, mean(voxels)]] : []
    }),
  )
}

/** Seven points of a hippocampus, on a RAS grid: middles of both parts and of their border, ends, top and bottom. */
export function hippocampusLandmarks(labels: LabelMap): Landmarks {
  const [anterior, posterior] = [voxelsOf(labels, [1]), voxelsOf(labels, [2])]
  const both = [...anterior, ...posterior]
  const [ni, nj] = labels.dims
  const near = (at: number): boolean => [1, -1, ni, -ni, ni * nj, -ni * nj].some((by) => labels.data[at + by] === 2)
  const border = anterior.filter(([i, j, k]) => near(i + ni * (j + nj * k)))
  return new Map([
    ['anterior part', mean(anterior)],
    ['posterior part', mean(posterior)],
    ['border', mean(border.length > 0 ? border : both)],
    ['anterior end', end(anterior, 1, 1)],
    ['posterior end', end(posterior, 1, -1)],
    ['top', end(both, 2, 1)],
    ['bottom', end(both, 2, -1)],
  ])
}
