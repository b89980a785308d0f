import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { LabelEditor, type Stroke } from '../../../src/renderer/editor/labelEditor'
import { deltaBytes, deltaVoxels, type LabelDelta } from '../../../src/renderer/editor/labelDelta'
import { onlyValue, overAllUnlocked, paintableOver } from '../../../src/renderer/editor/writable'

const dims: Vec3 = [17, 13, 9]
const spacing: Vec3 = [0.8, 1.1, 3]

const labelMaps = fc
  .uint8Array({ minLength: 17 * 13 * 9, maxLength: 17 * 13 * 9, max: 4 })
  .map((data) => Uint8Array.from(data))
const points = fc.tuple(
  fc.double({ min: -3, max: 20, noNaN: true }),
  fc.double({ min: -3, max: 16, noNaN: true }),
  fc.double({ min: -2, max: 10, noNaN: true }),
)
const strokes = fc.record({
  value: fc.integer({ min: 1, max: 4 }),
  erase: fc.boolean(),
  radiusMm: fc.double({ min: 0.1, max: 9, noNaN: true }),
  plane: fc.constantFrom('axial' as const, 'coronal' as const, 'sagittal' as const, null),
  locked: fc.subarray([1, 2, 3, 4]),
  path: fc.array(points, { minLength: 1, maxLength: 5 }),
})
type Drawn = typeof strokes extends fc.Arbitrary<infer T> ? T : never

function settings({ value, erase, radiusMm, plane, locked }: Drawn): Stroke {
  const writable = erase ? onlyValue(value, locked) : paintableOver(overAllUnlocked, locked)
  return { value: erase ? 0 : value, radiusMm, plane, writable }
}

function draw(editor: LabelEditor, stroke: Drawn): LabelDelta | null {
  editor.begin(settings(stroke), stroke.path[0])
  stroke.path.slice(1).forEach((point) => editor.moveTo(point))
  return editor.end()
}

function countsOf(data: Uint8Array): number[] {
  const counts = new Array<number>(256).fill(0)
  data.forEach((value) => counts[value]++)
  return counts
}

describe('the label editor', () => {
  it('gives the same bytes back after undo, and the edit again after redo', () => {
    fc.assert(
      fc.property(labelMaps, fc.array(strokes, { minLength: 1, maxLength: 4 }), (labels, drawn) => {
        const editor = new LabelEditor(dims, spacing, labels.slice())
        const deltas = drawn.map((stroke) => draw(editor, stroke)).filter((delta) => delta !== null)
        const edited = editor.data.slice()
        deltas.toReversed().forEach((delta) => editor.apply(delta, 'back'))
        expect(editor.data).toEqual(labels)
        expect([...editor.counts]).toEqual(countsOf(labels))
        deltas.forEach((delta) => editor.apply(delta, 'forward'))
        expect(editor.data).toEqual(edited)
        expect([...editor.counts]).toEqual(countsOf(edited))
      }),
      { numRuns: 60 },
    )
  })

  it('never changes a voxel of a locked structure', () => {
    fc.assert(
      fc.property(labelMaps, strokes, (labels, stroke) => {
        const editor = new LabelEditor(dims, spacing, labels.slice())
        draw(editor, stroke)
        const broken = [...labels.keys()].filter((index) => {
          return stroke.locked.includes(labels[index]) && editor.data[index] !== labels[index]
        })
        expect(broken).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('erases the active structure and nothing else', () => {
    fc.assert(
      fc.property(labelMaps, strokes, (labels, stroke) => {
        const editor = new LabelEditor(dims, spacing, labels.slice())
        draw(editor, { ...stroke, erase: true, locked: [] })
        const touched = [...labels.keys()].filter((index) => {
          return labels[index] !== stroke.value && editor.data[index] !== labels[index]
        })
        expect(touched).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('reports a box that holds every changed voxel, and no voxel twice', () => {
    fc.assert(
      fc.property(labelMaps, strokes, (labels, stroke) => {
        const editor = new LabelEditor(dims, spacing, labels.slice())
        const delta = draw(editor, stroke)
        const changed = [...labels.keys()].filter((index) => labels[index] !== editor.data[index])
        expect(delta ? deltaVoxels(delta) : 0).toBe(changed.length)
        changed.forEach((index) => {
          const voxel = [index % 17, Math.floor(index / 17) % 13, Math.floor(index / (17 * 13))]
          voxel.forEach((v, axis) => {
            expect(v).toBeGreaterThanOrEqual(delta!.box.min[axis])
            expect(v).toBeLessThan(delta!.box.max[axis])
          })
        })
      }),
      { numRuns: 40 },
    )
  })

  it('takes over another label map as one change that can be taken back', () => {
    fc.assert(
      fc.property(labelMaps, labelMaps, (ours, theirs) => {
        const editor = new LabelEditor(dims, spacing, ours.slice())
        const delta = editor.replace(theirs)
        expect(editor.data).toEqual(theirs)
        if (delta) editor.apply(delta, 'back')
        expect(editor.data).toEqual(ours)
      }),
      { numRuns: 40 },
    )
  })

  it('removes a structure everywhere, and can bring it back', () => {
    const labels = new Uint8Array(17 * 13 * 9).map((_, index) => index % 5)
    const editor = new LabelEditor(dims, spacing, labels.slice())
    const delta = editor.clear(3)
    expect(editor.counts[3]).toBe(0)
    expect(editor.data.includes(3)).toBe(false)
    editor.apply(delta!, 'back')
    expect(editor.data).toEqual(labels)
    expect(editor.clear(9)).toBeNull()
  })

  it('measures volumes in millilitres', () => {
    const editor = new LabelEditor([10, 10, 10], [2, 2, 2.5], new Uint8Array(1000).fill(1))
    expect(editor.volumeMl(1)).toBeCloseTo(10)
  })

  it('keeps a stroke in memory that is small beside the volume', () => {
    const editor = new LabelEditor([256, 256, 40], [1, 1, 1], new Uint8Array(256 * 256 * 40))
    editor.begin({ value: 1, radiusMm: 10, plane: 'axial', writable: paintableOver(overAllUnlocked, []) }, [60, 60, 20])
    for (let x = 60; x < 200; x += 3) editor.moveTo([x, 60 + 20 * Math.sin(x / 9), 20])
    const delta = editor.end()!
    expect(deltaVoxels(delta)).toBeGreaterThan(2500)
    expect(deltaBytes(delta)).toBeLessThan(deltaVoxels(delta))
  })

  it('refuses labels that do not fill the grid', () => {
    expect(() => new LabelEditor(dims, spacing, new Uint8Array(10))).toThrow(RangeError)
  })
})
