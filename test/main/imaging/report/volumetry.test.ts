import { describe, expect, it } from 'vitest'
import { encodeVolumetryCsv, encodeVolumetryJson } from '../../../../src/main/imaging/report/volumetry'
import { sampleLabelled } from '../labelledSample'

describe('the table of volumes', () => {
  it('has a row for every structure, the absent one with nothing measured', async () => {
    const rows = (await encodeVolumetryCsv(sampleLabelled())).trimEnd().split('\r\n')
    expect(rows).toHaveLength(4)
    const [header, ...cells] = rows.map((row) => row.split(','))
    const column = (name: string): string[] => cells.map((row) => row[header.indexOf(name)])
    expect(column('structure')).toEqual(['liver', 'spleen', 'gallbladder'])
    expect(column('status')).toEqual(['corrected', 'unreviewed', 'absent'])
    expect(column('voxels')[2]).toBe('0')
    expect(column('mean')[2]).toBe('')
    const [liver, spleen] = column('volume_ml').map(Number)
    expect(liver / (((4 / 3) * Math.PI * 9 ** 3) / 1000)).toBeCloseTo(1, 1)
    expect(spleen / (((4 / 3) * Math.PI * 6 ** 3) / 1000)).toBeCloseTo(1, 1)
    expect(column('note')).toEqual(Array(3).fill('Not for clinical use'))
  })

  it('keeps commas, quotes and formulas in their cells', async () => {
    const sample = sampleLabelled()
    const [first, ...rest] = sample.structures
    const csv = await encodeVolumetryCsv({ ...sample, structures: [{ ...first, label: '=a,"b"' }, ...rest] })
    expect(csv).toContain(`,"'=a,""b""",`)
  })

  it('says the same as JSON, with codes and provenance', async () => {
    const { structures, ...rest } = JSON.parse(await encodeVolumetryJson(sampleLabelled()))
    expect(rest).toEqual({
      format: 'emend-volumetry/1',
      note: 'Not for clinical use',
      valueUnit: 'HU',
      provenance: {
        case: '0a1b2c3d4e5f',
        revision: 'r7',
        model: 'flare@3',
        author: 'reader',
        when: '2026-01-02T03:04:05.000Z',
      },
    })
    expect(structures[0]).toMatchObject({ name: 'liver', code: { value: '10200004' }, drawnBy: 'SEMIAUTOMATIC' })
    expect(structures[0].extentMm.rightLeft).toBeCloseTo(18, -1)
    expect(structures[2]).toMatchObject({
      name: 'gallbladder',
      status: 'absent',
      voxels: 0,
      mean: null,
      extentMm: null,
    })
  })
})
