import { readFileSync } from 'node:fs'
import { parse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import type { CaseDetail } from '../../../src/shared/contract'
import { LabelSchema } from '../../../src/shared/labels/schema'
import type { Statuses } from '../../../src/shared/labels/status'

const file = new URL('../../../resources/schemas/flare23.json', import.meta.url)
const schema = parse(LabelSchema, JSON.parse(readFileSync(file, 'utf8')))
const size = 20

/** A ball of liver, a cube of spleen beside it, nothing else. */
function labels(): Uint8Array {
  return new Uint8Array(size ** 3).map((_, index) => {
    const [i, j, k] = [index % size, Math.floor(index / size) % size, Math.floor(index / size / size)]
    if (Math.hypot(i - 7, j - 10, k - 10) < 4) return 1
    return i >= 13 && i < 17 && j >= 8 && j < 12 && k >= 8 && k < 12 ? 3 : 0
  })
}

function detail(statuses: Statuses = {}): CaseDetail {
  const row: CaseDetail['row'] = {
    id: 'case-1',
    title: 'Case 1',
    modality: 'CT',
    description: '',
    dims: [size, size, size],
    spacing: [1, 1, 2],
    importedAt: '2026-01-01T00:00:00Z',
    changedAt: '2026-01-01T00:00:00Z',
    revision: 'r1',
    model: 'default@1',
    reader: null,
    schema: schema.name,
    statuses,
    warnings: [],
    role: 'work',
  }
  const affine: CaseDetail['affine'] = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 2, 0],
  ]
  return { row, affine, schema, revisions: [], offered: schema.structures.map(({ name }) => name) }
}

function open(statuses: Statuses = {}): OpenCase {
  return new OpenCase(detail(statuses), new Int16Array(size ** 3), labels())
}

function brush(tool: 'brush' | 'eraser' = 'brush'): Tools {
  const tools = new Tools()
  tools.active = tool
  tools.setRadius(3)
  return tools
}

function stroke(opened: OpenCase, tools: Tools, from: [number, number, number], to = from): void {
  opened.beginStroke(tools, from, 'axial')
  opened.moveStroke(to)
  opened.endStroke(tools)
}

describe('a case under review', () => {
  it('becomes corrected where it is painted, unsaved, and is as before after undo', () => {
    const opened = open()
    const before = opened.volumeMl(opened.activeStructure)
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.volumeMl(opened.activeStructure)).toBeGreaterThan(before)
    expect(opened.saved).toBe(false)
    opened.undo()
    expect(opened.statusOf('liver')).toBe('unreviewed')
    expect(opened.editor.data).toEqual(labels())
    expect(opened.saved).toBe(true)
    opened.redo()
    expect(opened.statusOf('liver')).toBe('corrected')
  })

  it('makes no command of a stroke that changes nothing', () => {
    const opened = open()
    stroke(opened, brush('eraser'), [2, 2, 2])
    expect(opened.undoTitle).toBeNull()
    expect(opened.statusOf('liver')).toBe('unreviewed')
  })

  it('locks what is accepted: painting it is refused, painting over it leaves it', () => {
    const opened = open()
    opened.accept()
    expect(opened.statusOf('liver')).toBe('accepted')
    expect(opened.paintObstacle).toBe('Liver is locked')
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(opened.editor.data).toEqual(labels())
    opened.pick('spleen')
    stroke(opened, brush(), [15, 10, 10], [7, 10, 10])
    expect(opened.volumeMl(opened.structures[0])).toBeCloseTo(labels().filter((v) => v === 1).length * 0.002)
    expect(opened.statusOf('spleen')).toBe('corrected')
  })

  it('paints only background where the reader says so', () => {
    const opened = open()
    opened.pick('spleen')
    const tools = brush()
    tools.overwrite = 'background'
    stroke(opened, tools, [15, 10, 10], [7, 10, 10])
    expect(opened.editor.counts[1]).toBe(labels().filter((v) => v === 1).length)
  })

  it('removes what is absent, as one command', () => {
    const opened = open()
    opened.pick('spleen')
    opened.setStatus('spleen', 'absent')
    expect(opened.editor.counts[3]).toBe(0)
    expect(opened.statusOf('spleen')).toBe('absent')
    opened.undo()
    expect(opened.editor.data).toEqual(labels())
    expect(opened.statusOf('spleen')).toBe('unreviewed')
  })

  it('takes an accepted structure without voxels for absent, and leaves corrected ones corrected', () => {
    const opened = open()
    opened.pick('gallbladder')
    opened.accept()
    expect(opened.statusOf('gallbladder')).toBe('absent')
    opened.pick('liver')
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    opened.accept()
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.locked.has('liver')).toBe(true)
  })

  it('opens with the verified structures locked, at the first that is not verified', () => {
    const opened = open({ liver: 'accepted', 'right-kidney': 'absent' })
    expect(opened.active).toBe('spleen')
    expect([...opened.locked]).toEqual(['liver', 'right-kidney'])
  })

  it("takes over the library's labels as one change that can be taken back, and is then saved", () => {
    const opened = open({ spleen: 'rejected' })
    const theirs = labels().map((value) => (value === 3 ? 0 : value))
    const newer = detail({})
    newer.row.revision = 'r2'
    opened.takeOver(newer, theirs, 'Segmentation')
    expect(opened.editor.data).toEqual(theirs)
    expect(opened.statusOf('spleen')).toBe('unreviewed')
    expect(opened.revision).toBe('r2')
    expect(opened.saved).toBe(true)
    opened.undo()
    expect(opened.editor.data).toEqual(labels())
    expect(opened.statusOf('spleen')).toBe('rejected')
    expect(opened.saved).toBe(false)
  })

  it('adopts what the library made of a status, unless the reader decided anew meanwhile', () => {
    const opened = open()
    opened.accept()
    const sent = opened.statuses
    opened.markSaved(opened.voxels, sent, { ...sent, liver: 'corrected' }, 'r2')
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.saved).toBe(true)
    opened.setStatus('liver', 'rejected')
    opened.markSaved(opened.voxels, sent, { ...sent, liver: 'corrected' }, 'r3')
    expect(opened.statusOf('liver')).toBe('rejected')
    expect(opened.saved).toBe(false)
  })

  it('tells its listeners which box changed', () => {
    const opened = open()
    const boxes: boolean[] = []
    const stop = opened.onEdit((_box, settled) => boxes.push(settled))
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(boxes).toEqual([false, false, true])
    stop()
    opened.undo()
    expect(boxes).toHaveLength(3)
  })
})
