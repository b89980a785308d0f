import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { fileFault, type FileFault } from '../../src/shared/fileFault'

const File = v.strictObject({
  format: v.literal('emend-thing/1'),
  grid: v.variant('kind', [v.strictObject({ kind: v.literal('spacing'), mm: v.number() })]),
  axes: v.picklist(['kji', 'ijk']),
})
const whole = { format: 'emend-thing/1', grid: { kind: 'spacing', mm: 2 }, axes: 'kji' }

function faultOf(value: unknown): FileFault {
  const result = v.safeParse(File, value)
  if (result.success) throw new Error('it is valid')
  return fileFault(value, result.issues, 'emend-thing/1')
}

describe('what is wrong with a file', () => {
  it('is that a newer Emend wrote it, before all else', () => {
    const newer = {
      what: 'a newer Emend wrote it, as emend-thing/2; this one reads emend-thing/1',
      hint: 'update Emend',
    }
    expect(faultOf({ ...whole, format: 'emend-thing/2' })).toEqual(newer)
    expect(faultOf({ format: 'emend-thing/2', views: 3 })).toEqual(newer)
    expect(faultOf({ ...whole, format: 'other/2' }).what).toMatch(/^format: /)
  })

  it('is a field that is not known, however deep, and what to do', () => {
    const hint = 'a newer Emend wrote it, or it is misspelt: update Emend, or take it out'
    expect(faultOf({ ...whole, views: 3 })).toEqual({
      what: 'it has a field views that this Emend does not know',
      hint,
    })
    expect(faultOf({ ...whole, grid: { ...whole.grid, jitter: 1 } }).what).toContain('a field grid.jitter that')
  })

  it('is a field that is missing or of another kind', () => {
    expect(faultOf({ ...whole, grid: { kind: 'spacing' } }).what).toBe('the field grid.mm is missing')
    expect(faultOf({ ...whole, axes: 'jki' }).what).toMatch(/^axes: .*"jki"/)
    expect(faultOf(null).what).toMatch(/received null$/)
  })
})
