import { statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LibraryState } from '../../shared/care'
import { count } from '../../shared/count'
import { EmendError } from '../../shared/errors'
import type { JobRow } from '../../shared/jobs'
import { isDataset } from '../learning/dataset'
import { lastBackup, lastCheck } from '../library/careRecord'
import { alwaysDeidentifies } from '../library/deidentification'
import type { Library } from '../library/library'
import { storageUse } from '../library/storage'
import type { JobRunner } from './runner'

/** The library as a whole: how it is, what keeps it so, and what goes in and out of it as a data set. */
export class LibraryDesk {
  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
  ) {}

  async state(): Promise<LibraryState> {
    const { library } = this
    const disk = await statfs(library.root).catch(() => null)
    return {
      folder: library.root,
      storage: await storageUse(library),
      free: disk && disk.bavail * disk.bsize,
      check: lastCheck(library),
      backup: lastBackup(library),
    }
  }

  /** Starts a job that reads everything and compares it with what was written. */
  verify(): JobRow {
    return this.runner.start({ kind: 'care', care: { what: 'verify' } }, 'Verify the library')
  }

  /**
   * Starts a job that puts right what can be.
   * @param from folder of a backup, which files come back from
   */
  repair(from: string | null): JobRow {
    return this.runner.start({ kind: 'care', care: { what: 'repair', from } }, 'Repair the library')
  }

  /** Starts a job that copies the library to a folder that is empty or holds an earlier backup of it. */
  backUp(folder: string): JobRow {
    return this.runner.start({ kind: 'care', care: { what: 'back-up', folder } }, 'Back up the library')
  }

  /** Starts a job that writes cases as a data set into an empty folder. */
  exportSet(folder: string, caseIds: readonly string[]): JobRow {
    const title = `Write a data set of ${count(caseIds.length, 'case')}`
    return this.runner.start({ kind: 'care', care: { what: 'export-set', folder, caseIds: [...caseIds] } }, title)
  }

  /**
   * Starts a job that adds the cases of a data set.
   * @param verified whether its labels count as verified here; else they are for review
   * @throws EmendError where the folder holds none
   */
  async importSet(folder: string, verified: boolean): Promise<JobRow> {
    if (!(await isDataset(folder))) {
      throw new EmendError(`${folder} is not a data set`, {
        hint: 'choose the folder that holds dataset.json beside imagesTr and labelsTr',
      })
    }
    const deidentify = await alwaysDeidentifies(this.library)
    const title = deidentify ? 'Import a data set without identity' : `Import the data set ${basename(folder)}`
    return this.runner.start({ kind: 'import', paths: [folder], deidentify, verified }, title)
  }
}
