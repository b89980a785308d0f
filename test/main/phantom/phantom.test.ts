import { describe, expect, it } from 'vitest'
import { orientation, voxelVolume } from '../../../src/main/imaging/volume'
import { phantomSchema } from '../../../src/main/phantom/labels'
import { phases } from '../../../src/main/phantom/patient'
import { makePhantom, type Phantom } from '../../../src/main/phantom/phantom'
import { findComponents } from '../../../src/shared/voxels/components'

/** What adults' organs measure, mL, children and the gravely ill aside. */
const plausible: Readonly<Record<string, readonly [number, number]>> = {
  liver: [850, 2300],
  'right-kidney': [80, 260],
  spleen: [80, 420],
  pancreas: [40, 140],
  aorta: [35, 180],
  'inferior-vena-cava': [40, 160],
  'right-adrenal-gland': [1.5, 9],
  'left-adrenal-gland': [1.5, 9],
  gallbladder: [10, 75],
  esophagus: [6, 30],
  stomach: [120, 560],
  duodenum: [35, 130],
  'left-kidney': [80, 260],
}

const spacing = [3.5, 3.5, 4] as const
const lesion = 14
const seeds = [1, 2, 3, 4]

const made = new Map<number, Phantom>()
function phantom(seed: number): Phantom {
  const found = made.get(seed) ?? makePhantom({ seed, spacing, phase: phases[seed % 4] })
  made.set(seed, found)
  return found
}

/** Voxels, mean HU and mean place (mm) of each label. */
function measure({ image, labels }: Phantom) {
  const sums = Array.from({ length: 15 }, () => ({ count: 0, hu: 0, x: 0, y: 0, z: 0 }))
  const [nx, ny] = image.dims
  labels.data.forEach((label, n) => {
    const sum = sums[label]
    sum.count++
    sum.hu += image.data[n]
    sum.x += image.affine[0][3] + (n % nx) * spacing[0]
    sum.y += image.affine[1][3] + (Math.floor(n / nx) % ny) * spacing[1]
    sum.z += image.affine[2][3] + Math.floor(n / nx / ny) * spacing[2]
  })
  const of = ({ count, hu, x, y, z }: (typeof sums)[number]) => ({
    ml: (count * voxelVolume(image)) / 1000,
    hu: hu / count,
    x: x / count,
    y: y / count,
    z: z / count,
  })
  return (name: string) => of(sums[phantomSchema.structures.find((s) => s.name === name)?.id ?? 0])
}

describe.each(seeds)('phantom %i', (seed) => {
  it('holds every organ, in one piece and of a size that occurs', () => {
    const { labels } = phantom(seed)
    const at = measure(phantom(seed))
    for (const { name, id, kind } of phantomSchema.structures) {
      if (kind === 'lesion') continue
      const [least, most] = plausible[name]
      expect(at(name).ml, name).toBeGreaterThan(least)
      expect(at(name).ml, name).toBeLessThan(most)
      expect(findComponents(labels.data, labels.dims, { label: id }).sizes, name).toHaveLength(1)
    }
  })

  it('has its organs where they belong, on the right side of the body', () => {
    const { image } = phantom(seed)
    const at = measure(phantom(seed))
    expect(orientation(image)).toBe('RAS')
    // RAS: x grows to the patient's right, y to the front, z to the head.
    for (const name of ['liver', 'right-kidney', 'gallbladder', 'right-adrenal-gland', 'duodenum']) {
      expect(at(name).x, name).toBeGreaterThan(at('aorta').x)
    }
    for (const name of ['spleen', 'left-kidney', 'stomach', 'left-adrenal-gland']) {
      expect(at(name).x, name).toBeLessThan(at('aorta').x)
    }
    expect(at('inferior-vena-cava').x).toBeGreaterThan(at('aorta').x)
    expect(at('pancreas').y).toBeGreaterThan(at('aorta').y)
    expect(at('right-adrenal-gland').z).toBeGreaterThan(at('right-kidney').z)
    expect(at('left-adrenal-gland').z).toBeGreaterThan(at('left-kidney').z)
    expect(at('esophagus').z).toBeGreaterThan(at('stomach').z)
  })

  it('looks like a CT: air around, and HU of the phase inside', () => {
    const { image, phase } = phantom(seed)
    const at = measure(phantom(seed))
    const [nx, ny, nz] = image.dims
    for (const corner of [0, nx - 1, nx * (ny - 1), nx * ny * nz - 1]) expect(image.data[corner]).toBeLessThan(-900)
    expect(at('gallbladder').hu).toBeLessThan(at('liver').hu)
    if (phase === 'arterial') {
      expect(at('aorta').hu).toBeGreaterThan(200)
      expect(at('aorta').hu).toBeGreaterThan(at('inferior-vena-cava').hu + 60)
    }
    if (phase === 'non-contrast') expect(at('aorta').hu).toBeLessThan(70)
    if (phase === 'portal') expect(at('liver').hu).toBeGreaterThan(65)
    if (phase !== 'non-contrast') expect(at('left-kidney').hu).toBeGreaterThan(at('spleen').hu)
  })
})

it('is the same for the same seed, and no two seeds give the same body', () => {
  const again = makePhantom({ seed: 1, spacing, phase: phases[1] })
  expect(again.image.data).toEqual(phantom(1).image.data)
  expect(again.labels.data).toEqual(phantom(1).labels.data)
  expect(phantom(2).labels.data).not.toEqual(phantom(1).labels.data)
})

it('makes the grid that was asked for, and no tumours where none are wanted', () => {
  const { image, labels } = makePhantom({ seed: 22, dims: [50, 44, 9], spacing: [7, 8, 30], mostLesions: 0 })
  expect(image.dims).toEqual([50, 44, 9])
  expect(image.data).toHaveLength(50 * 44 * 9)
  expect(image.affine.map((row, axis) => row[axis])).toEqual([7, 8, 30])
  expect(labels.affine).toEqual(image.affine)
  expect(labels.data).not.toContain(lesion)
})

it('puts tumours into organs only', () => {
  const ill = phantom(3)
  const well = makePhantom({ seed: 3, spacing, phase: ill.phase, mostLesions: 0 })
  const hosts = new Set<number>()
  ill.labels.data.forEach((label, n) => {
    if (label === lesion) hosts.add(well.labels.data[n])
  })
  expect(hosts.size).toBeGreaterThan(0)
  // Where a tumour is, the same body without it has the organ: liver, kidneys, pancreas.
  for (const host of hosts) expect([1, 2, 4, 13]).toContain(host)
})

it('stops when it is told to', () => {
  const signal = AbortSignal.abort()
  expect(() => makePhantom({ seed: 1 }, { report: () => undefined, signal })).toThrow('aborted')
})
