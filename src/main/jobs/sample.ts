import type { Work } from '../../shared/progress'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImages } from '../imaging/import/readImages'
import type { LabelMap, Volume } from '../imaging/volume'
import { listAudit, recordAudit } from '../library/audit'
import { addCase } from '../library/cases'
import type { Library } from '../library/library'
import { makePhantom, type PhantomOptions } from '../phantom/phantom'
import type { JobContext } from './verbs'

/** A portal-venous abdomen with a small tumour. The same on every machine, so it is recognised if it comes again. */
const SAMPLE: PhantomOptions = { seed: 1, spacing: [1.5, 1.5, 3], phase: 'portal' }

/** The true masks of the sample study, on its canonical grid. */
export function sampleTruth(): LabelMap {
  return makePhantom(SAMPLE).labels
}

const SUBJECT = 'sample study'

/** Whether a library is to have the sample study: no case ever came into it, and a reader who removed the sample does not get it again. */
export function wantsSample(library: Library): boolean {
  const wasUsed = library.database.get('SELECT 1 FROM cases LIMIT 1') !== undefined
  return !wasUsed && listAudit(library, { subject: SUBJECT, limit: 1 }).length === 0
}

/**
 * Adds the built-in sample study: a synthetic CT, written as a DICOM series and imported like any other, so that all
 * that can be done with a study can be done with it.
 *
 * @param makeImage canonical RAS, HU
 */
export async function addSample(
  { library, work, changed }: JobContext,
  makeImage: (work: Work) => Volume<Int16Array> = (work) => makePhantom(SAMPLE, work).image,
): Promise<string> {
  const image = makeImage(work)
  const folder = await mkdtemp(join(tmpdir(), 'emend-sample-'))
  try {
    work.report({ phase: 'importing', done: 0, total: 1 })
    // Once in a library's life: what writes DICOM is not loaded by every process that could.
    const { writeDicomSeries } = await import('../imaging/dicom/ctSeries')
    const paths = await writeDicomSeries(folder, image, {
      patientName: 'Sample^Emend',
      patientId: 'SAMPLE',
      studyDescription: 'Synthetic abdomen, not a patient',
      seriesDescription: 'Sample: synthetic CT abdomen, portal venous',
      uidSeed: 'emend sample',
      when: new Date('2026-01-01T00:00:00Z'),
    })
    work.signal.throwIfAborted()
    const { volumes } = await readImages(paths, work)
    const { id } = await addCase(library, volumes[0])
    recordAudit(library, 'sample', SUBJECT, `case ${id}`)
    changed([id])
    return 'the sample study is in the worklist'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
