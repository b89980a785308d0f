import { gunzipSync } from 'node:zlib'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeSegNrrd } from '../../../src/main/imaging/segNrrd'
import { python, pythonHas } from '../../peers'
import { sampleLabelled } from './labelledSample'

const folder = mkdtempSync(join(tmpdir(), 'emend-seg-nrrd-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Header fields and key/value pairs, and the voxels. */
function parsed(bytes: Uint8Array): { fields: Map<string, string>; voxels: Uint8Array } {
  const end = Buffer.from(bytes).indexOf('\n\n')
  const lines = Buffer.from(bytes.subarray(0, end)).toString('utf8').split('\n').slice(1)
  const fields = lines
    .filter((line) => !line.startsWith('#'))
    .map((line): [string, string] => {
      const [name, value] = line.split(/:=|: /, 2)
      return [name, value]
    })
  return { fields: new Map(fields), voxels: gunzipSync(bytes.subarray(end + 2)) }
}

describe('a segmentation for 3D Slicer', () => {
  it('holds the voxels, the grid in LPS, and every structure with name, colour and value', async () => {
    const sample = sampleLabelled()
    const { fields, voxels } = parsed(await encodeSegNrrd(sample))
    expect(new Uint8Array(voxels)).toEqual(sample.labels.data)
    expect(fields.get('sizes')).toBe('40 36 30')
    expect(fields.get('space')).toBe('left-posterior-superior')
    expect(fields.get('space origin')).toBe('(-30,-20,-10)')
    expect(fields.get('space directions')?.replaceAll('-0', '0')).toBe('(0.9,0,0) (0,0.9,0) (0,0,1.5)')
    expect([0, 1, 2].map((n) => [fields.get(`Segment${n}_Name`), fields.get(`Segment${n}_LabelValue`)])).toEqual([
      ['Liver', '1'],
      ['Spleen', '3'],
      ['Gallbladder', '9'],
    ])
    expect(
      fields
        .get('Segment0_Color')
        ?.split(' ')
        .map((v) => Math.round(Number(v) * 255)),
    ).toEqual([0xa5, 0x62, 0x24])
    expect(fields.get('Segment0_Tags')).toMatch(
      /Status:completed\|.*~SCT\^123037004\^Anatomical Structure~SCT\^10200004\^Liver~/,
    )
    expect(fields.get('Segment1_Tags')).toMatch(/^Segmentation.Status:inprogress\|/)
    expect(fields.get('Segment2_Extent')).toBe('0 -1 0 -1 0 -1')
  })

  it('says of each structure where it lies', async () => {
    const { fields, voxels } = parsed(await encodeSegNrrd(sampleLabelled()))
    const [i0, i1, j0, j1, k0, k1] = (fields.get('Segment0_Extent') ?? '').split(' ').map(Number)
    let inside = 0
    for (let k = k0; k <= k1; k++)
      for (let j = j0; j <= j1; j++) for (let i = i0; i <= i1; i++) if (voxels[i + 40 * (j + 36 * k)] === 1) inside++
    expect(inside).toBe(voxels.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0))
    expect(i1 - i0 + 1).toBeCloseTo(18 / 0.9, -1)
  })

  it.skipIf(!pythonHas('nrrd'))('is read by pynrrd', async () => {
    const path = join(folder, 'ours.seg.nrrd')
    writeFileSync(path, await encodeSegNrrd(sampleLabelled()))
    const script = `import sys,json,nrrd
d,h=nrrd.read(sys.argv[1]); print(json.dumps([list(d.shape),int((d==1).sum()),h['Segment0_Name']]))`
    const liver = sampleLabelled().labels.data.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0)
    expect(JSON.parse(python(script, path))).toEqual([[40, 36, 30], liver, 'Liver'])
  })
})
