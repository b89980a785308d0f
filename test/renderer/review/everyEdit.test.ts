import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectIds, effects, type EffectId } from '../../../src/renderer/editor/effects'
import { outlineMask } from '../../../src/renderer/editor/outline'
import { SliceWire } from '../../../src/renderer/editor/wire'
import { overwritePolicies, type OverwritePolicy } from '../../../src/renderer/editor/writable'
import { DeedBench, type PointedDeed } from '../../../src/renderer/review/deedBench.svelte'
import { beginStroke, editByMask, editRegion } from '../../../src/renderer/review/editing'
import { EffectBench } from '../../../src/renderer/review/effectBench.svelte'
import { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import { OutlineDraft } from '../../../src/renderer/review/outlineDraft.svelte'
import { Tools, type TissueLimit } from '../../../src/renderer/review/tools.svelte'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { hereRunner } from './hereRunner'
import { detail } from './smallCase'

/** An anisotropic grid, with blobs of four structures, background and voxels that are not annotated. */
const dims: Vec3 = [12, 10, 7]
const spacing: Vec3 = [0.8, 1.1, 2.5]
const names = ['liver', 'right-kidney', 'spleen', 'pancreas'] as const
const total = dims[0] * dims[1] * dims[2]

interface Scene {
  readonly labels: Uint8Array
  readonly image: Int16Array
  readonly at: Vec3
  readonly to: Vec3
  readonly amount: number
  readonly radiusMm: number
  readonly plane: 'axial' | 'coronal' | 'sagittal'
  readonly sphere: boolean
  readonly removes: boolean
  readonly policy: OverwritePolicy
  /** Index into `names` of the structure that edits stay inside of, and that effects take as the other. */
  readonly second: number
  readonly locked: readonly string[]
}

const voxels = fc.tuple(fc.nat(dims[0] - 1), fc.nat(dims[1] - 1), fc.nat(dims[2] - 1))
const balls = fc.array(fc.tuple(voxels, fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 2, 3, 4, 255)), {
  maxLength: 9,
})
const scenes: fc.Arbitrary<Scene> = fc
  .record({
    balls,
    at: voxels,
    to: voxels,
    amount: fc.constantFrom(1, 2, 4),
    radiusMm: fc.constantFrom(0.5, 2, 5),
    plane: fc.constantFrom('axial' as const, 'coronal' as const, 'sagittal' as const),
    sphere: fc.boolean(),
    removes: fc.boolean(),
    policy: fc.constantFrom(...overwritePolicies),
    second: fc.integer({ min: 1, max: 3 }),
    locked: fc.subarray(names.slice(1)),
  })
  .map(({ balls, ...rest }) => {
    const labels = new Uint8Array(total)
    const image = new Int16Array(total)
    for (let n = 0; n < total; n++) {
      const p = [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])]
      for (const [centre, radius, id] of balls) {
        if (Math.hypot(...p.map((v, axis) => v - centre[axis])) <= radius) labels[n] = id
      }
      image[n] = 40 + (labels[n] % 5) * 20 + ((n * 37) % 11)
    }
    return { ...rest, labels, image }
  })

function openScene({ labels, image, locked }: Scene): OpenCase {
  const given = detail()
  const affine: typeof given.affine = [
    [spacing[0], 0, 0, 0],
    [0, spacing[1], 0, 0],
    [0, 0, spacing[2], 0],
  ]
  const opened = new OpenCase(
    { ...given, affine, row: { ...given.row, dims: [...dims], spacing: [...spacing] } },
    image,
    labels.slice(),
  )
  opened.pick('liver')
  for (const name of locked) opened.toggleLocked(name)
  return opened
}

function toolsOf(scene: Scene): Tools {
  const tools = new Tools()
  tools.overwrite = scene.policy
  tools.inside = names[scene.second]
  tools.sphere = scene.sphere
  tools.radiusMm = scene.radiusMm
  tools.removes = scene.removes
  tools.range = [40, 110]
  tools.reachMm = 8
  return tools
}

type Edit = (opened: OpenCase, tools: Tools, scene: Scene) => unknown

const stroke =
  (tool: 'brush' | 'eraser', limit: TissueLimit): Edit =>
  (opened, tools, { at, to, plane }) => {
    tools.active = tool
    tools.limit = limit
    beginStroke(opened, tools, at, plane)
    opened.moveStroke(to)
    opened.endStroke()
  }

/** Corners of a slice around two voxels. */
function cornersOf({ at, to, plane }: Scene): Vec3[] {
  const flat = { axial: 2, coronal: 1, sagittal: 0 }[plane]
  const [a, b] = [0, 1, 2].filter((axis) => axis !== flat)
  const corner = (p: Vec3, q: Vec3): Vec3 => {
    const place = [at[0], at[1], at[2]]
    place[a] = p[a]
    place[b] = q[b]
    return [place[0], place[1], place[2]]
  }
  return [corner(at, at), corner(to, at), corner(to, to), corner(at, to)]
}

const pointed =
  (deed: PointedDeed): Edit =>
  (opened, tools, { at }) =>
    new DeedBench(tools, hereRunner).point(deed, opened, at)

const effect =
  (id: EffectId): Edit =>
  async (opened, tools, { amount, second }) => {
    const bench = new EffectBench(tools, hereRunner)
    bench.other = effects[id].other ? names[second] : null
    bench.choose(id, opened)
    bench.setAmount(amount)
    await bench.preview()
    bench.keep()
    bench.drop()
  }

const edits: Readonly<Record<string, Edit>> = {
  brush: stroke('brush', 'all'),
  'brush in a range': stroke('brush', 'range'),
  'brush in similar tissue': stroke('brush', 'similar'),
  eraser: stroke('eraser', 'all'),
  'eraser in similar tissue': stroke('eraser', 'similar'),
  lasso: (opened, tools, scene) => {
    const mask = outlineMask(cornersOf(scene), scene.plane, dims)
    if (mask) editByMask(opened, tools, mask, 'Outline')
  },
  polygon: (opened, tools, scene) => {
    const draft = new OutlineDraft(tools)
    const [first, ...rest] = cornersOf(scene)
    draft.start(scene.plane, first)
    rest.forEach((corner) => draft.add([corner]))
    draft.add([scene.at])
    draft.back()
    draft.close(opened)
  },
  livewire: (opened, tools, scene) => {
    const draft = new OutlineDraft(tools)
    const corners = cornersOf(scene)
    draft.start(scene.plane, corners[0])
    corners.slice(1).forEach((corner, n) => {
      draft.add(new SliceWire(scene.image, dims, spacing, scene.plane, corners[n]).to(corner))
    })
    draft.close(opened)
  },
  region: (opened, tools, { at }) => void editRegion(opened, tools, at),
  'scissors inside': (opened, tools, scene) => cut(opened, tools, scene, 'inside'),
  'scissors outside': (opened, tools, scene) => cut(opened, tools, scene, 'outside'),
  absent: (opened) => opened.setStatus('liver', 'absent'),
  ...Object.fromEntries(effectIds.map((id) => [`effect ${id}`, effect(id)])),
}

/** These name outright what they change, whatever the editable area is. */
const outright: Readonly<Record<string, Edit>> = {
  'keep the island': pointed('island-keep'),
  'remove the island': pointed('island-remove'),
  'island to the active structure': pointed('island-take'),
  'structure to the active one': pointed('structure-take'),
}

function cut(opened: OpenCase, tools: Tools, { at, to }: Scene, cuts: 'inside' | 'outside'): Promise<string | null> {
  const projection = [
    [0.8, 0.3, 0, 1],
    [0, 0.2, -1, 9],
  ] as const
  const place = (p: Vec3): readonly [number, number] => {
    const [x, y] = projection.map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3])
    return [x, y]
  }
  const [a, b] = [place(at), place(to)]
  return new DeedBench(tools, hereRunner).cut(opened, { outline: [a, [b[0], a[1]], b, [a[0], b[1]]], projection, cuts })
}

/** What each changed voxel was, and is now. */
function changedIn(before: Uint8Array, after: Uint8Array): [before: number, after: number][] {
  const changes: [number, number][] = []
  before.forEach((id, n) => id !== after[n] && changes.push([id, after[n]]))
  return changes
}

function countsOf(data: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256)
  data.forEach((value) => counts[value]++)
  return counts
}

describe.each(Object.entries({ ...edits, ...outright }))('%s', (_name, edit) => {
  it('never changes a locked structure, is one step at most, and undo gives every byte and status back', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const opened = openScene(scene)
        const locked = opened.lockedValues
        let steps = 0
        opened.onStep(() => steps++)
        await edit(opened, toolsOf(scene), scene)
        const edited = opened.editor.data.slice()
        const broken = changedIn(scene.labels, edited).filter((change) => change.some((id) => locked.includes(id)))
        expect(broken).toEqual([])
        expect(steps).toBeLessThanOrEqual(1)
        expect(opened.previewing).toBe(false)
        expect(opened.editor.counts).toEqual(countsOf(edited))
        if (steps === 0) expect(edited).toEqual(scene.labels)
        else {
          opened.undo()
          expect(opened.editor.data).toEqual(scene.labels)
          expect(opened.editor.counts).toEqual(countsOf(scene.labels))
          expect(opened.structures.every((s) => opened.statusOf(s.name) === 'unreviewed')).toBe(true)
          opened.redo()
          expect(opened.editor.data).toEqual(edited)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe.each(Object.entries(edits))('%s', (name, edit) => {
  it('goes over nothing but what the overwrite policy allows', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const opened = openScene(scene)
        await edit(opened, toolsOf(scene), scene)
        const inside = scene.second + 1
        const allowed = { unlocked: [0, 1, 2, 3, 4, 255], background: [0, 1, 255], inside: [1, inside] }[scene.policy]
        const made = changedIn(scene.labels, opened.editor.data)
        if (name !== 'absent') expect(made.filter(([before]) => !allowed.includes(before))).toEqual([])
        // What goes is again what it was painted inside of.
        const holes = made.filter(([before, after]) => before === 1 && after === 0)
        if (name !== 'absent' && scene.policy === 'inside') expect(holes).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})
