import type { Vec3 } from '../../src/shared/geometry/affine'
import type { Random } from '../../src/shared/random'
import { boxOf, growBox, unionOf, type Box } from '../../src/shared/voxels/box'
import { distanceTo } from '../../src/shared/voxels/distance'
import { grainOf } from '../../src/shared/voxels/proposal/clickPatch'
import type { ProposalInput } from '../../src/shared/voxels/proposal/hints'
import { newestDepth } from '../../src/shared/voxels/proposal/merge'
import { sampled, type Window } from '../../src/shared/voxels/proposal/window'
import { correctionWindow, firstWindow, windowAround } from '../../src/shared/voxels/proposal/windowChoice'
import { markedPoints, windowEvidence, type WindowEvidence } from '../../src/shared/voxels/proposal/windowEvidence'
import type { ClickCase } from './cases'

/** A structure to train on. */
export interface Lesson {
  readonly subject: ClickCase
  /** Signed mm to the structure's surface, positive inside. */
  readonly depth: Float32Array
  /** The greatest depth. */
  readonly radius: number
  readonly box: Box
}

export function lessonOf(subject: ClickCase): Lesson | null {
  const { truth, dims, spacing } = subject
  const box = boxOf(truth, dims)
  if (!box) return null
  const out = distanceTo(truth, dims, spacing)
  const depth = distanceTo(
    truth.map((v) => 1 - v),
    dims,
    spacing,
  )
  let radius = 0
  for (let n = 0; n < depth.length; n++) {
    depth[n] = truth[n] ? depth[n] : -out[n]
    radius = Math.max(radius, depth[n])
  }
  return { subject, depth, radius, box }
}

/** One window of a simulated reading, and the structure in it. */
export interface Sample {
  readonly evidence: WindowEvidence
  /** Share of each framed cell that is inside. */
  readonly truth: Float32Array
}

/** A state that a reading may come to: the first mark, a wider look after it, or a correction after some others. */
export function simulated(lesson: Lesson, random: Random): Sample | null {
  const what = random.next()
  if (what < 0.35) return firstLook(lesson, random)
  return what < 0.5 ? widerLook(lesson, random) : correction(lesson, random)
}

function firstLook({ subject, depth, radius }: Lesson, random: Random): Sample | null {
  const least = random.next() < 0.6 ? 0.8 : 0.3
  const at = pick(subject, random, (n) => depth[n] >= least * radius)
  if (!at) return null
  const input = inputOf(subject, [at], [], at, true)
  const window = firstWindow(markedPoints(input), subject.spacing, input.grain)
  return look(subject, input, null, jittered(window, random, -0.3, 0.9))
}

function widerLook(lesson: Lesson, random: Random): Sample | null {
  const { subject, depth, radius } = lesson
  const { dims, spacing } = subject
  const at = pick(subject, random, (n) => depth[n] >= 0.6 * radius)
  if (!at) return null
  const mask = wrong(lesson, random, at)
  const input = inputOf(subject, [at], [], at, true)
  const tight = unionOf(boxOf(mask, dims), boxAt(at)) ?? boxAt(at)
  return look(subject, input, mask, jittered(windowAround(tight, spacing, input.grain), random, -0.2, 0.5))
}

function correction(lesson: Lesson, random: Random): Sample | null {
  const { subject, depth, radius } = lesson
  const { dims, spacing, truth } = subject
  const mask = wrong(lesson, random, null)
  const error = deepestError(lesson, mask, random)
  if (!error) return null
  const points: { inside: Vec3[]; outside: Vec3[] } = { inside: [], outside: [] }
  const earlier = random.int(random.next() < 0.5 ? 3 : 9)
  for (let n = 0; n < earlier; n++) {
    const inside = n === 0 || random.next() < 0.5
    const at = inside
      ? pick(subject, random, (v) => truth[v] === 1 && depth[v] > 0.2 * radius)
      : pick(subject, random, (v) => mask[v] === 0 && depth[v] < 0 && depth[v] > -1.5 * radius)
    if (at) (inside ? points.inside : points.outside).push(at)
  }
  ;(error.inside ? points.inside : points.outside).push(error.at)
  const input = { ...inputOf(subject, points.inside, points.outside, error.at, error.inside), before: mask }
  let all = boxOf(mask, dims)
  for (const at of [...points.inside, ...points.outside]) all = unionOf(all, boxAt(at))
  const whole = windowAround(all ?? boxAt(error.at), spacing, input.grain)
  const near = correctionWindow([error.at], newestDepth(mask, input), whole, spacing, input.grain)
  return look(subject, input, mask, jittered(random.next() < 0.2 ? whole : near, random, -0.25, 0.35))
}

function look(subject: ClickCase, input: ProposalInput, mask: Uint8Array | null, window: Window): Sample {
  const evidence = windowEvidence(input, markedPoints(input), mask, window)
  return { evidence, truth: sampled(subject.truth, subject.dims, subject.spacing, window) }
}

function jittered({ centre, mm }: Window, random: Random, low: number, high: number): Window {
  const factor = Math.exp(random.between(low, high))
  // A window only moves as far as it has grown, so that what it is about stays in it.
  const most = Math.min(6, 2 + 8 * Math.max(0, factor - 1))
  const moved = (axis: 0 | 1 | 2): number => centre[axis] + most * random.between(-1, 1)
  return { centre: [moved(0), moved(1), moved(2)], mm: mm * factor }
}

function inputOf(subject: ClickCase, inside: Vec3[], outside: Vec3[], newest: Vec3, isInside: boolean): ProposalInput {
  const { image, dims, spacing } = subject
  const grain = grainOf(image, dims, spacing, inside.length > 0 ? inside.slice(-3) : outside.slice(-3))
  return {
    image,
    size: dims,
    spacing,
    grain,
    inside,
    outside,
    boxes: [],
    prior: null,
    before: null,
    blocked: null,
    newest: { inside: isInside, points: [newest] },
  }
}

const boxAt = ([i, j, k]: Vec3): Box => ({ low: [i, j, k], high: [i + 1, j + 1, k + 1] })

const placeOf = (n: number, [nx, ny]: Vec3): Vec3 => [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]

/** A voxel that will do; null where none is met with. */
function pick({ dims, truth }: ClickCase, random: Random, wanted: (n: number) => boolean): Vec3 | null {
  for (let tries = 0; tries < 4; tries++) {
    const start = random.int(truth.length)
    // From a random voxel on, in strides that meet with every voxel's neighbourhood.
    for (let n = 0; n < truth.length; n++) {
      const at = (start + n * 7919) % truth.length
      if (wanted(at)) return placeOf(at, dims)
    }
  }
  return null
}

/**
 * What a proposal might have made of a structure: its surface moved in and out by smooth noise, parts cut off, balls
 * too many and too few.
 * @param keep a voxel that is inside all the same
 */
function wrong({ subject, depth, radius, box }: Lesson, random: Random, keep: Vec3 | null): Uint8Array {
  const { dims, spacing, truth } = subject
  const strength = radius * random.between(0.05, 0.9)
  const shift = radius * random.between(-0.4, 0.4)
  const noise = smoothNoise(dims, spacing, radius * random.between(1, 5), random)
  const margin = (axis: 0 | 1 | 2): number => Math.ceil((2 * radius) / spacing[axis])
  const range = growBox(box, [margin(0), margin(1), margin(2)], dims)
  const balls = Array.from({ length: random.int(4) }, () => {
    const near = pick(subject, random, (n) => Math.abs(depth[n]) < 0.7 * radius) ?? [0, 0, 0]
    return { at: near, mm: radius * random.between(0.4, 1.5), more: random.next() < 0.5 }
  })
  const cut = random.next() < 0.35 ? plane(box, spacing, random) : null
  const out = new Uint8Array(truth.length)
  for (let k = range.low[2]; k < range.high[2]; k++) {
    for (let j = range.low[1]; j < range.high[1]; j++) {
      for (let i = range.low[0], n = i + dims[0] * (j + dims[1] * k); i < range.high[0]; i++, n++) {
        if (depth[n] < -2.2 * radius) continue
        let level = depth[n] + shift + strength * noise(i, j, k)
        for (const { at, mm, more } of balls) {
          const dx = (i - at[0]) * spacing[0]
          const dy = (j - at[1]) * spacing[1]
          const dz = (k - at[2]) * spacing[2]
          const away = Math.sqrt(dx * dx + dy * dy + dz * dz) - mm
          level = more ? Math.max(level, -away) : Math.min(level, away)
        }
        if (cut) level = Math.min(level, cut(i, j, k))
        if (level > 0) out[n] = 1
      }
    }
  }
  if (keep) out[keep[0] + dims[0] * (keep[1] + dims[1] * keep[2])] = 1
  return out
}

/** Signed mm to a random plane through the middle part of a box. */
function plane(box: Box, spacing: Vec3, random: Random): (i: number, j: number, k: number) => number {
  const normal = [random.normal(), random.normal(), random.normal()]
  const length = Math.hypot(...normal)
  const along = (axis: 0 | 1 | 2) => {
    const middle = box.low[axis] + (box.high[axis] - box.low[axis]) * random.between(0.25, 0.75)
    return { middle, weight: (normal[axis] / length) * spacing[axis] }
  }
  const [x, y, z] = [along(0), along(1), along(2)]
  return (i, j, k) => (i - x.middle) * x.weight + (j - y.middle) * y.weight + (k - z.middle) * z.weight
}

/** Noise between about -1 and 1 that changes over some mm. */
function smoothNoise(
  dims: Vec3,
  spacing: Vec3,
  mm: number,
  random: Random,
): (i: number, j: number, k: number) => number {
  const scale = spacing.map((s) => s / mm)
  const size = dims.map((n, axis) => Math.ceil(n * scale[axis]) + 2)
  const values = Float32Array.from({ length: size[0] * size[1] * size[2] }, () => 0.7 * random.normal())
  const [sx, sy] = [size[0], size[0] * size[1]]
  return (i, j, k) => {
    const [x, y, z] = [i * scale[0], j * scale[1], k * scale[2]]
    const [a, b, c] = [x | 0, y | 0, z | 0]
    const [u, v, w] = [x - a, y - b, z - c]
    const at = a + sx * b + sy * c
    const mix = (n: number): number => {
      const near = values[n] + u * (values[n + 1] - values[n])
      const far = values[n + sx] + u * (values[n + sx + 1] - values[n + sx])
      return near + v * (far - near)
    }
    const low = mix(at)
    return low + w * (mix(at + sy) - low)
  }
}

/** Where a reader would click: deep in what is wrong; not always the deepest place. */
function deepestError(
  { subject, depth }: Lesson,
  mask: Uint8Array,
  random: Random,
): { readonly at: Vec3; readonly inside: boolean } | null {
  const { truth, dims, spacing } = subject
  const box = unionOf(boxOf(mask, dims), boxOf(truth, dims))
  if (!box) return null
  const inside = random.next() < 0.5
  for (const missed of [inside, !inside]) {
    let best = 0
    let found = -1
    for (let k = box.low[2]; k < box.high[2]; k++) {
      for (let j = box.low[1]; j < box.high[1]; j++) {
        for (let i = box.low[0], n = i + dims[0] * (j + dims[1] * k); i < box.high[0]; i++, n++) {
          if (truth[n] === mask[n] || (truth[n] === 1) !== missed) continue
          // How far the truth's surface is, and a few steps along the axes to see how far the mask's is.
          const size = Math.min(Math.abs(depth[n]), openness(mask, n, dims, spacing)) * (0.75 + 0.25 * random.next())
          if (size > best) [best, found] = [size, n]
        }
      }
    }
    if (found >= 0) return { at: placeOf(found, dims), inside: missed }
  }
  return null
}

/** mm along the axes to where a mask changes, at most eight voxels. */
function openness(mask: Uint8Array, at: number, [nx, ny]: Vec3, spacing: Vec3): number {
  let least = Infinity
  const strides = [1, nx, nx * ny]
  for (let axis = 0; axis < 3; axis++) {
    for (let sign = -1; sign <= 1; sign += 2) {
      let steps = 1
      while (steps < 8 && mask[at + sign * steps * strides[axis]] === mask[at]) steps++
      least = Math.min(least, steps * spacing[axis])
    }
  }
  return least
}
