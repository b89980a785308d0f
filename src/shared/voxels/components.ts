import type { Vec3 } from '../geometry/affine'

/** Voxels touch over faces (6), or over faces, edges and corners (26). */
export type Connectivity = 6 | 26

export interface ComponentOptions {
  readonly connectivity?: Connectivity
  /** Only voxels of this value; without it, all that are not 0. */
  readonly label?: number
}

/** The connected components of a mask, as runs along i. */
export interface Components {
  /** Voxels of each component, largest first; of two that are equal, the one found first. */
  readonly sizes: readonly number[]
  /** Linear index of each run's first voxel, its length, and which component it is of (index into `sizes`). */
  readonly start: Int32Array
  readonly length: Int32Array
  readonly component: Int32Array
}

/**
 * Labels by runs: each row's runs are joined with the overlapping runs of the rows before it in a union-find forest
 * (He, Chao and Suzuki, A run-based two-scan labeling algorithm, IEEE TIP 17:749, 2008). Time goes with the voxels
 * once, then with the runs.
 */
export function findComponents(voxels: Uint8Array, dims: Vec3, options: ComponentOptions = {}): Components {
  const { connectivity = 26, label } = options
  const [nx, ny, nz] = dims
  const runs = new RunList()
  /** First run of each row; row r's runs are rowStart[r] .. rowStart[r + 1] - 1. */
  const rowStart = new Int32Array(ny * nz + 1)
  for (let row = 0; row < ny * nz; row++) {
    const base = row * nx
    rowStart[row] = runs.count
    if (label === undefined) runs.addNonZero(voxels, base, base + nx)
    else runs.addEqual(voxels, base, base + nx, label)
  }
  rowStart[ny * nz] = runs.count

  const parent = new Int32Array(runs.count)
  for (let r = 0; r < parent.length; r++) parent[r] = r
  // Runs touch diagonally when they end where the other begins: one voxel of reach for 26, none for 6.
  const reach = connectivity === 26 ? 1 : 0
  const { start, end } = runs
  const join = (rowA: number, rowB: number): void => {
    let b = rowStart[rowB]
    const endB = rowStart[rowB + 1]
    const offset = (rowA - rowB) * nx
    for (let a = rowStart[rowA]; a < rowStart[rowA + 1] && b < endB;) {
      const startB = start[b] + offset
      const stopB = end[b] + offset
      if (start[a] < stopB + reach && startB < end[a] + reach) unite(parent, a, b)
      if (end[a] < stopB) a++
      else b++
    }
  }
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row++) {
      if (rowStart[row] === rowStart[row + 1]) continue
      if (j > 0) join(row, row - 1)
      if (k === 0) continue
      join(row, row - ny)
      if (connectivity === 26) {
        if (j > 0) join(row, row - ny - 1)
        if (j < ny - 1) join(row, row - ny + 1)
      }
    }
  }
  return collect(runs, parent)
}

/** The voxels of the largest component, 1 inside and 0 elsewhere; all 0 where the mask is empty. */
export function largestComponent(mask: Uint8Array, dims: Vec3, options: ComponentOptions = {}): Uint8Array {
  const out = new Uint8Array(mask.length)
  const { start, length, component } = findComponents(mask, dims, options)
  for (let r = 0; r < start.length; r++) if (component[r] === 0) out.fill(1, start[r], start[r] + length[r])
  return out
}

/**
 * Sets every voxel of `label` outside its largest component to background, in place.
 * @returns how many voxels were removed.
 */
export function keepLargestComponent(
  labels: Uint8Array,
  dims: Vec3,
  label: number,
  connectivity: Connectivity = 26,
): number {
  const { start, length, component } = findComponents(labels, dims, { label, connectivity })
  let removed = 0
  for (let r = 0; r < start.length; r++) {
    if (component[r] === 0) continue
    labels.fill(0, start[r], start[r] + length[r])
    removed += length[r]
  }
  return removed
}

/** The component of each voxel, 1 for the largest, 0 outside the mask. */
export function componentMap({ start, length, component }: Components, voxelCount: number): Int32Array {
  const out = new Int32Array(voxelCount)
  for (let r = 0; r < start.length; r++) out.fill(component[r] + 1, start[r], start[r] + length[r])
  return out
}

/** Runs as they are found, in scan order: [start, end) linear indices. */
class RunList {
  count = 0
  start = new Int32Array(1024)
  end = new Int32Array(1024)

  addNonZero(voxels: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (voxels[at] === 0) continue
      const first = at
      while (at < to && voxels[at] !== 0) at++
      this.add(first, at)
    }
  }

  addEqual(voxels: Uint8Array, from: number, to: number, label: number): void {
    for (let at = from; at < to; at++) {
      if (voxels[at] !== label) continue
      const first = at
      while (at < to && voxels[at] === label) at++
      this.add(first, at)
    }
  }

  private add(first: number, end: number): void {
    if (this.count === this.start.length) {
      this.start = doubled(this.start)
      this.end = doubled(this.end)
    }
    this.start[this.count] = first
    this.end[this.count] = end
    this.count++
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

function rootOf(parent: Int32Array, run: number): number {
  while (parent[run] !== run) {
    parent[run] = parent[parent[run]]
    run = parent[run]
  }
  return run
}

function unite(parent: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a)
  const rootB = rootOf(parent, b)
  // The smaller index stays root, so that a root is the component's first run.
  if (rootA < rootB) parent[rootB] = rootA
  else parent[rootA] = rootB
}

function collect(runs: RunList, parent: Int32Array): Components {
  const start = runs.start.slice(0, runs.count)
  const length = new Int32Array(runs.count)
  const sizeOfRoot = new Map<number, number>()
  for (let r = 0; r < runs.count; r++) {
    length[r] = runs.end[r] - runs.start[r]
    const root = rootOf(parent, r)
    sizeOfRoot.set(root, (sizeOfRoot.get(root) ?? 0) + length[r])
  }
  const bySize = [...sizeOfRoot].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  const rank = new Map(bySize.map(([root], place) => [root, place]))
  const component = new Int32Array(runs.count)
  for (let r = 0; r < runs.count; r++) component[r] = rank.get(rootOf(parent, r)) ?? 0
  return { sizes: bySize.map(([, size]) => size), start, length, component }
}
