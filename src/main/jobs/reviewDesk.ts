import type { CaseRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { ComparedReadings, NextCase, NoteRow, Strategy } from '../../shared/review'
import { voxelVolume } from '../imaging/volume'
import { caseGrid, getCase } from '../library/cases'
import type { Library } from '../library/library'
import { nextCase } from '../library/nextCase'
import { addNote, rejectStructure, reopenCase, type NewNote } from '../library/notes'
import { arbitrate, askSecondReading, compareReadings, requireReadings } from '../library/secondReading'
import { reasonsAtHand } from '../library/rejections'
import { visibleNotes } from '../library/visibleNotes'
import { requireStructure } from './readerLabels'
import { librarySchema } from '../library/structures'

/** Review beyond one case and one reader: what comes next, what is said, second readings, and what it all took. */
export class ReviewDesk {
  /** @param changed tells that cases changed */
  constructor(
    private readonly library: Library,
    private readonly changed: (caseIds: readonly string[]) => void,
  ) {}

  /** The next case by a strategy, none of `not`; null where nothing else is left to review. */
  nextCase({ strategy, not }: { strategy: Strategy; not?: readonly string[] }): NextCase | null {
    return nextCase(this.library, strategy, { not })
  }

  /** What was said of a case, as far as the user may see it (`visibleNotes`). */
  notes(caseId: string): NoteRow[] {
    return visibleNotes(this.library, caseId)
  }

  /** A comment, a flag, or a flag taken away. @throws EmendError where the structure is none of the schema's. */
  addNote({
    caseId,
    ...note
  }: { caseId: string } & Pick<NewNote, 'structure' | 'text'> & {
      kind: 'comment' | 'flag' | 'unflag'
    }): CaseRow {
    if (note.structure) this.requireStructure(caseId, note.structure)
    addNote(this.library, caseId, note)
    return this.told(caseId)
  }

  /** Reasons that a reader may choose from (`reasonsAtHand`). */
  rejectReasons(): string[] {
    return reasonsAtHand(this.library)
  }

  rejectStructure(input: { caseId: string; structure: string; reason: string }): CaseRow {
    this.requireStructure(input.caseId, input.structure)
    rejectStructure(this.library, input.caseId, input.structure, input.reason)
    return this.told(input.caseId)
  }

  reopenCase(input: { caseId: string; reason: string; structures?: readonly string[] }): CaseRow {
    reopenCase(this.library, input.caseId, input.reason, input.structures)
    return this.told(input.caseId)
  }

  async askSecondReading(input: { caseId: string; reason: string }): Promise<CaseRow> {
    if (input.reason.trim() === '') throw new EmendError('a second reading needs a few words: why')
    await askSecondReading(this.library, input.caseId, input.reason)
    return this.told(input.caseId)
  }

  /** @throws EmendError where there are no two readings of the case */
  async compareReadings(caseId: string): Promise<ComparedReadings> {
    const { first, second } = requireReadings(this.library, caseId)
    const agreement = await compareReadings(this.library, caseId)
    const ml = voxelVolume(caseGrid(this.library, caseId)) / 1000
    const said = [first, second].map(
      ({ statuses }) =>
        (name: string) =>
          statuses[name] ?? 'unreviewed',
    )
    return {
      first: first.readers.join(', '),
      second: second.readers.join(', '),
      firstRevision: first.revision,
      secondRevision: second.revision,
      structures: [...agreement].flatMap(([name, { dsc, first: a, second: b }]) => {
        const [firstStatus, secondStatus] = said.map((say) => say(name))
        const isEmpty = a + b === 0 && firstStatus === secondStatus
        return isEmpty ? [] : [{ name, dsc, firstMl: a * ml, secondMl: b * ml, firstStatus, secondStatus }]
      }),
    }
  }

  async arbitrate(input: {
    caseId: string
    picks: Readonly<Record<string, 'first' | 'second'>>
    reason: string
  }): Promise<CaseRow> {
    for (const name of Object.keys(input.picks)) this.requireStructure(input.caseId, name)
    await arbitrate(this.library, input.caseId, input.picks, input.reason)
    return this.told(input.caseId)
  }

  private requireStructure(caseId: string, name: string): void {
    requireStructure(librarySchema(this.library, getCase(this.library, caseId).schema), name)
  }

  private told(caseId: string): CaseRow {
    this.changed([caseId])
    return getCase(this.library, caseId)
  }
}
