import { describe, expect, it } from 'vitest'
import { structureOf } from '../../../src/shared/labels/siteStructures'

const codeOf = (title: string, code: string | null = null) =>
  structureOf({ title, color: '#ff0000', kind: 'organ', code }, 200).type

describe('the code of a site’s own structure', () => {
  it('is SNOMED’s where there is one, else its name', () => {
    expect(codeOf('Psoas', '68455001')).toEqual({ value: '68455001', scheme: 'SCT', meaning: 'Psoas' })
    expect(codeOf('Renal cyst')).toEqual({ value: 'RENAL-CYST', scheme: '99EMEND', meaning: 'Renal cyst' })
    expect(codeOf('Sixteen letters x').value).toHaveLength(16)
  })

  it('differs between long names that begin alike, fits into a DICOM code, and stays the same', () => {
    const titles = Array.from({ length: 500 }, (_, n) => `Left psoas muscle part ${n}`)
    const values = titles.map((title) => codeOf(title).value)
    expect(new Set(values).size).toBe(values.length)
    for (const value of values) expect(value).toMatch(/^LEFT-PSO-[0-9A-Z]{7}$/)
    expect(titles.map((title) => codeOf(title).value)).toEqual(values)
  })
})
