import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeEdit, encodeEdit, reversed } from '../../../src/renderer/editor/editCodec'
import { LabelEditor } from '../../../src/renderer/editor/labelEditor'
import { reviewStatuses } from '../../../src/shared/labels/status'
import { smallVolumes } from '../../shared/voxels/volumes'

const status = fc.constantFrom(...reviewStatuses)
const change = fc.record({ structure: fc.string(), before: status, after: status })

it('an edit comes back as it was, and done again gives the same voxels', () => {
  fc.assert(
    fc.property(
      smallVolumes(3),
      fc.infiniteStream(fc.nat(3)),
      fc.array(change),
      fc.string(),
      (volume, ids, statuses, title) => {
        const { dims, voxels } = volume
        const editor = new LabelEditor(dims, [1, 1, 1], voxels.slice())
        const delta = editor.replace(voxels.map(() => ids.next().value ?? 0))
        const command = { title, who: 'Kim', at: '2026-01-01T10:00:00Z', statuses, delta }
        const again = decodeEdit(encodeEdit(command))
        expect(again).toEqual(command)
        const other = new LabelEditor(dims, [1, 1, 1], voxels.slice())
        if (again.delta) other.apply(again.delta, 'forward')
        expect(other.data).toEqual(editor.data)
        const back = decodeEdit(encodeEdit(reversed(again, { who: 'Lee', at: '' })))
        if (back.delta) other.apply(back.delta, 'forward')
        expect(other.data).toEqual(voxels)
      },
    ),
  )
})

it('an edit that was cut short is refused', () => {
  const editor = new LabelEditor([4, 1, 1], [1, 1, 1], Uint8Array.of(0, 1, 1, 0))
  const bytes = encodeEdit({ title: 'Paint', who: '', at: '', statuses: [], delta: editor.clear(1) })
  expect(() => decodeEdit(bytes.subarray(0, bytes.length - 1))).toThrow('cut short')
})

it('keeps names and colours, and takes them back', () => {
  const before = { title: 'Liver', color: '#aa0000' }
  const after = { title: 'Leber', color: '#00aa00' }
  const looks = [{ structure: 'liver', before, after }]
  const command = { title: 'Rename', delta: null, statuses: [], looks, who: 'Kim', at: '' }
  expect(decodeEdit(encodeEdit(command))).toEqual(command)
  expect(reversed(command, { who: 'Kim', at: '' }).looks).toEqual([
    { structure: 'liver', before: after, after: before },
  ])
})
