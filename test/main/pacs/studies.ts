import { encodeCtSeries } from '../../../src/main/imaging/dicom/ctSeries'
import type { SeriesOptions } from '../../../src/main/imaging/dicom/ctSeries'
import { uidOfText } from '../../../src/main/imaging/dicom/uids'
import type { Volume } from '../../../src/main/imaging/volume'
import { sopInstanceUidOf } from '../../../src/main/pacs/instanceFiles'
import { seededRandom } from '../../../src/shared/random'

/** A CT of noise in HU, LPS, small. */
export function noiseCt(seed: number, slices = 9): Volume<Int16Array> {
  const random = seededRandom(seed)
  const dims = [24, 20, slices] as const
  const data = Int16Array.from({ length: 24 * 20 * slices }, () => random.int(3000) - 1000)
  return {
    dims,
    data,
    affine: [
      [-0.8, 0, 0, 10],
      [0, -0.8, 0, 20],
      [0, 0, 2.5, -30],
    ],
  }
}

export interface MadeSeries {
  readonly studyUid: string
  readonly seriesUid: string
  readonly volume: Volume<Int16Array>
  /** File by SOP Instance UID. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** A CT series as files; the same seed gives the same. */
export function makeSeries(seed: string, slices = 9, options: SeriesOptions = {}): MadeSeries {
  const volume = noiseCt(seed.length, slices)
  const files = encodeCtSeries(volume, { uidSeed: seed, when: new Date('2026-02-03T10:00:00Z'), ...options })
  return {
    studyUid: uidOfText(`${seed}study`),
    seriesUid: uidOfText(`${seed}series`),
    volume,
    files: new Map(files.map((bytes) => [sopInstanceUidOf(bytes) ?? '', bytes])),
  }
}

/** The series of two patients, whose names and ids have what makes queries stumble. */
export function twoPatients(): { readonly doe: MadeSeries; readonly roe: MadeSeries } {
  const doe = { patientName: 'Doe^Jane', patientId: 'P 1+2', studyDescription: 'CT abdomen, portal' }
  const roe = { patientName: 'Röe^Ærø', patientId: 'P2', studyDescription: 'CT head' }
  const when = new Date('2025-12-24T10:00:00Z')
  return { doe: makeSeries('doe', 9, doe), roe: makeSeries('roe!', 5, { ...roe, when }) }
}
