import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { encodeStructureSet } from '../../../src/main/imaging/dicom/rtstructWriter'
import { encodeSegmentation } from '../../../src/main/imaging/dicom/seg'
import { readLabels } from '../../../src/main/imaging/import/labelMap'
import { readImages } from '../../../src/main/imaging/import/readImages'
import type { ImportedVolume } from '../../../src/main/imaging/import/result'
import type { LabelMap, Volume } from '../../../src/main/imaging/volume'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { sampleLabelled } from './labelledSample'

const folder = mkdtempSync(join(tmpdir(), 'emend-round-trip-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { structures, ...sample } = sampleLabelled()
const schema = schemaNamed('flare23')

/** What Emend's own import makes of a file that labels the series. */
async function readBack(
  series: string,
  name: string,
  bytes: Uint8Array,
): Promise<{ labels: LabelMap; names: readonly string[] }> {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const [image] = (await readImages([series, path])).volumes
  const read = await readLabels(image.labels ?? [], image.volume, image.dicom, schema)
  expect([read.unmatched, read.warnings]).toEqual([[], []])
  return { labels: read.labels, names: read.structures }
}

describe('labels written, read and written again', () => {
  const series = join(folder, 'ct')
  let imported: ImportedVolume
  let labels: LabelMap

  beforeAll(async () => {
    await writeDicomSeries(series, (await sample.image()) as Volume<Int16Array>)
    imported = (await readImages([series])).volumes[0]
    labels = { ...imported.volume, data: sample.labels.data }
  })

  it.each([
    ['DICOM SEG', (map: LabelMap) => encodeSegmentation(imported.dicom, map, structures)],
    ['label map', (map: LabelMap) => encodeSegmentation(imported.dicom, map, structures, { type: 'LABELMAP' })],
    ['RTSTRUCT', (map: LabelMap) => encodeStructureSet(imported.dicom, map, structures)],
  ])('are the same voxels twice over as %s, the empty structure kept', async (name, encode) => {
    const once = await readBack(series, `${name} 1.dcm`, encode(labels))
    expect(once.labels.data).toEqual(labels.data)
    const twice = await readBack(series, `${name} 2.dcm`, encode(once.labels))
    expect(twice.labels.data).toEqual(labels.data)
    expect(twice.names).toEqual(['liver', 'spleen', 'gallbladder'])
  })
})
