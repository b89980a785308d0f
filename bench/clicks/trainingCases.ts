import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dataPath } from '../../test/data'
import { reorient, toCanonical } from '../../src/main/imaging/canonical'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { readImages } from '../../src/main/imaging/import/readImages'
import { loadModel } from '../../src/main/segmentation/model'
import { segment } from '../../src/main/segmentation/segment'
import { spacingOf, type Vec3 } from '../../src/shared/geometry/affine'
import type { Random } from '../../src/shared/random'
import { findComponents } from '../../src/shared/voxels/components'
import { distanceTo } from '../../src/shared/voxels/distance'
import { caseOf, type ClickCase } from './cases'

/** Real CT without labels by hand: none of them is measured on. */
const unlabelled = ['hcc-007-late-phase', 'hcc-009-portal', 'cptac-pda-c3l-00189']

const marginMm = 45
/** Masks of a model with fewer voxels than this are chance. */
const leastVoxels = 300

interface Abdomen {
  readonly patient: string
  readonly image: { readonly data: Int16Array; readonly dims: Vec3 }
  readonly spacing: Vec3
  readonly labels: Uint8Array
}

/** The unlabelled abdomens, about 2.2 mm in plane, with the default model's masks; kept in a folder once made. */
async function abdomens(folder: string): Promise<Abdomen[]> {
  const out: Abdomen[] = []
  for (const patient of unlabelled) {
    const path = dataPath('abdomen', `${patient}.zip`)
    if (!path) throw new Error(`abdomen/${patient}.zip is not there: set EMEND_DATA`)
    const [{ volume }] = (await readImages([path])).volumes
    const canonical = toCanonical(volume, 'CT').volume
    const kept = join(folder, `${patient}.labels`)
    if (!existsSync(kept)) {
      const { labels } = await segment(volume, await loadModel(join('models', 'abdomen-student')))
      await writeFileAtomic(kept, reorient(labels, 'RAS').data)
    }
    const labels = new Uint8Array(await readFile(kept))
    const { dims } = canonical
    const spacing = spacingOf(canonical.affine)
    out.push({ patient, ...coarser({ data: canonical.data, dims }, labels, spacing) })
  }
  return out
}

/** In plane every so many voxels become one. */
const inPlane = 3

function coarser(image: Abdomen['image'], labels: Uint8Array, spacing: Vec3): Omit<Abdomen, 'patient'> {
  const [nx, ny, nz] = image.dims
  const dims: Vec3 = [Math.floor(nx / inPlane), Math.floor(ny / inPlane), nz]
  const data = new Int16Array(dims[0] * dims[1] * dims[2])
  const small = new Uint8Array(data.length)
  for (let k = 0, to = 0; k < nz; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, to++) {
        const corner = inPlane * i + nx * (inPlane * j + ny * k)
        let sum = 0
        for (let n = 0; n < inPlane * inPlane; n++) {
          sum += image.data[corner + (n % inPlane) + nx * Math.floor(n / inPlane)]
        }
        data[to] = Math.round(sum / inPlane ** 2)
        small[to] = labels[corner + 1 + nx]
      }
    }
  }
  return { image: { data, dims }, labels: small, spacing: [inPlane * spacing[0], inPlane * spacing[1], spacing[2]] }
}

/** Organs as the default model draws them on real CT, and regions of alike tissue, whatever they are. */
export async function* abdominal(folder: string, regionsEach: number, random: Random): AsyncGenerator<ClickCase> {
  for (const { patient, image, spacing, labels } of await abdomens(folder)) {
    for (let id = 1; id <= 13; id++) {
      const mask = largest(
        labels.map((v) => (v === id ? 1 : 0)),
        image.dims,
      )
      if (mask.reduce((sum, v) => sum + v, 0) < leastVoxels) continue
      const found = caseOf({ group: 'model', patient, image, spacing, labels: mask, marginMm }, String(id), [1])
      if (found) yield found
    }
    for (let n = 0; n < regionsEach; n++) {
      const mask = region(image.data, image.dims, spacing, random)
      const found = mask && caseOf({ group: 'region', patient, image, spacing, labels: mask, marginMm }, 'region', [1])
      if (found) yield found
    }
  }
}

function largest(mask: Uint8Array, dims: Vec3): Uint8Array {
  const { start, length, component } = findComponents(mask, dims, { connectivity: 6 })
  const out = new Uint8Array(mask.length)
  for (let r = 0; r < start.length; r++) if (component[r] === 0) out.fill(1, start[r], start[r] + length[r])
  return out
}

/** What hangs together around a random voxel and is alike: a lung, a bone, a vessel, gas. Null where it is too small or large. */
export function region(image: Int16Array, dims: Vec3, spacing: Vec3, random: Random): Uint8Array | null {
  for (let tries = 0; tries < 20; tries++) {
    const seed = random.int(image.length)
    const value = image[seed]
    // Air around the patient is no structure; bone and lung are wide in their values, soft tissue is narrow.
    const [low, high] = value < -400 ? [-1100, -400] : value > 160 ? [150, 3000] : [value - 25, value + 25]
    const band = Uint8Array.from(image, (v) => (v >= low && v <= high ? 1 : 0))
    const opening = random.between(1.5, 4)
    const away = distanceTo(
      band.map((v) => 1 - v),
      dims,
      spacing,
    )
    const core = largestAt(
      Uint8Array.from(away, (mm) => (mm > opening ? 1 : 0)),
      dims,
      random,
    )
    if (!core) continue
    const near = distanceTo(core, dims, spacing)
    const mask = band.map((v, n) => (v && near[n] <= opening + 1 ? 1 : 0))
    const ml = (mask.reduce((sum, v) => sum + v, 0) * spacing[0] * spacing[1] * spacing[2]) / 1000
    if (ml > 2 && ml < 3000) return mask
  }
  return null
}

/** One of the larger components, not always the largest; air around the patient is left out. */
function largestAt(mask: Uint8Array, dims: Vec3, random: Random): Uint8Array | null {
  const { start, length, component, sizes } = findComponents(mask, dims, { connectivity: 6 })
  if (sizes.length === 0) return null
  const border = new Set<number>()
  for (let r = 0; r < start.length; r++) {
    const j = Math.floor(start[r] / dims[0]) % dims[1]
    const i = start[r] % dims[0]
    if (i === 0 || i + length[r] === dims[0] || j === 0 || j === dims[1] - 1) border.add(component[r])
  }
  const candidates = sizes.slice(0, 8).flatMap((_, c) => (border.has(c) ? [] : [c]))
  if (candidates.length === 0) return null
  const wanted = candidates[random.int(candidates.length)]
  const out = new Uint8Array(mask.length)
  for (let r = 0; r < start.length; r++) if (component[r] === wanted) out.fill(1, start[r], start[r] + length[r])
  return out
}
