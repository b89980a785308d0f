import { affineOf, type Vec3 } from '../../shared/geometry/affine'
import { unwatched, type Work } from '../../shared/progress'
import { seededRandom } from '../../shared/random'
import { keepLargestComponent } from '../../shared/voxels/components'
import type { LabelMap, Volume } from '../imaging/volume'
import { makeAnatomy } from './anatomy'
import { phantomSchema } from './labels'
import { makePatient, phases, type Phase } from './patient'
import { Pose } from './pose'
import { Renderer, type ScanGrid } from './render'
import { Scanner } from './scanner'

export interface PhantomOptions {
  /** The same seed gives the same phantom. */
  readonly seed: number
  /** Voxel size, mm; 1.5 x 1.5 x 3 without it. */
  readonly spacing?: Vec3
  /** Without it, as many voxels as cover 384 x 384 x 300 mm, from the heart to the iliac crests. */
  readonly dims?: Vec3
  readonly phase?: Phase
  /** The most tumours there may be; about one phantom in four has none anyway. */
  readonly mostLesions?: number
}

export interface Phantom {
  /** Int16 HU, canonical RAS. */
  readonly image: Volume<Int16Array>
  /** Ids of the schema flare23. */
  readonly labels: LabelMap
  readonly phase: Phase
}

/**
 * A synthetic abdominal CT with its ground truth: 13 organs and, in most, tumours, in a body that differs in habitus,
 * size, posture, contrast phase and every organ's shape from seed to seed.
 */
export function makePhantom(options: PhantomOptions, work: Work = unwatched): Phantom {
  const { seed, spacing = [1.5, 1.5, 3] } = options
  const random = seededRandom(seed)
  const phase = options.phase ?? drawPhase(random.fork('phase').next())
  const dims = options.dims ?? [
    Math.round(384 / spacing[0]),
    Math.round(384 / spacing[1]),
    Math.round(300 / spacing[2]),
  ]
  work.signal.throwIfAborted()
  const patient = makePatient(random.fork('patient'), phase)
  const pose = new Pose(random.fork('pose'), patient.size)
  const parts = makeAnatomy(patient, options.mostLesions)
  const centre = pose.toScanner([0, 0, -8])
  const half = (axis: 0 | 1 | 2): number => ((dims[axis] - 1) / 2) * spacing[axis]
  const origin: Vec3 = [-half(0), centre[1] - half(1), centre[2] - half(2)]
  const grid: ScanGrid = { dims, spacing, origin }
  const renderer = new Renderer(parts, pose, grid)
  const scanner = new Scanner(random.fork('scanner'), grid, backOf(pose, parts[0].field))

  const [nx, ny, nz] = dims
  const plane = nx * ny
  const data = new Int16Array(plane * nz)
  const labels = new Uint8Array(plane * nz)
  const hu = new Float32Array(plane)
  const began = performance.now()
  for (let k = 0; k < nz; k++) {
    work.signal.throwIfAborted()
    renderer.slice(k, hu, labels.subarray(plane * k, plane * (k + 1)))
    scanner.expose(hu)
    data.set(hu, plane * k)
    const secondsLeft = ((performance.now() - began) / 1000 / (k + 1)) * (nz - k - 1)
    work.report({ phase: 'rendering', done: k + 1, total: nz, secondsLeft })
  }
  // A voxel that the grid cut off from its organ is not called organ.
  for (const { id, kind } of phantomSchema.structures) if (kind === 'organ') keepLargestComponent(labels, dims, id)
  const affine = affineOf([spacing[0], 0, 0], [0, spacing[1], 0], [0, 0, spacing[2]], origin)
  return { image: { dims, affine, data }, labels: { dims, affine, data: labels }, phase }
}

/** Most abdominal CTs are made in the portal phase. */
function drawPhase(chance: number): Phase {
  return phases[chance < 0.12 ? 0 : chance < 0.32 ? 1 : chance < 0.85 ? 2 : 3]
}

/** The lowest place of the skin where the patient lies: the couch is there. */
function backOf(pose: Pose, skin: { at(x: number, y: number, z: number): number }): number {
  let back = Infinity
  for (const z of [-120, -60, 0, 60]) {
    for (const x of [-50, 0, 50]) {
      let y = 0
      while (y > -160 && skin.at(x, y, z) < 0) y -= 2
      back = Math.min(back, pose.toScanner([x, y, z])[1])
    }
  }
  return back
}
