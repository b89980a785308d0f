import type { CaseRow } from '../../shared/contract'
import { count } from '../../shared/count'
import { EmendError, oneLine } from '../../shared/errors'
import type { LeftOutCase } from '../../shared/modelCard'
import type { Work } from '../../shared/progress'
import { getCase, readCaseImage } from '../library/cases'
import type { Library } from '../library/library'
import { readRevision } from '../library/revisions'
import type { MissingHeldOut } from './gate'
import type { VerifiedCase } from './libraryCases'
import { requireSameGrid } from './trainingData'

/** A case that a turn wants to use: an image, with labels where `revision` names some. */
export interface WantedCase {
  readonly row: CaseRow
  readonly revision: string | null
  readonly verified: readonly string[]
}

/** What the machine lacks for a moment says nothing of a file. */
const passing: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY']

/** Whether it is the case's files that cannot be used, and not the machine. */
export function isDamage(error: unknown): error is EmendError {
  if (!(error instanceof EmendError)) return false
  const { cause } = error
  return !(cause instanceof Error && passing.includes((cause as NodeJS.ErrnoException).code))
}

/**
 * The cases that a turn does without, as their image or labels cannot be read. Each case is read once: one damaged file
 * must not cost a turn, and is better known before the first step than after the last.
 */
export class DamagedCases {
  private readonly looked = new Set<string>()
  private readonly found = new Map<string, LeftOutCase>()

  constructor(
    private readonly library: Library,
    private readonly work: Work,
  ) {}

  get all(): LeftOutCase[] {
    return [...this.found.values()]
  }

  has({ id }: Pick<CaseRow, 'id'>): boolean {
    return this.found.has(id)
  }

  /**
   * Reads those of some cases that were not read yet.
   * @returns whether one more cannot be read
   * @throws EmendError where more than half of what is to be learned from cannot: then it is the library that needs repair
   */
  async look(wanted: readonly WantedCase[]): Promise<boolean> {
    const before = this.found.size
    const fresh = wanted.filter(({ row }) => !this.looked.has(row.id))
    for (const [done, one] of fresh.entries()) {
      await this.work.giveWay?.()
      this.work.signal.throwIfAborted()
      this.work.report({ phase: 'reading the cases', done, total: fresh.length })
      this.looked.add(one.row.id)
      const reason = await this.faultOf(one)
      if (reason === null) continue
      const { title, role } = getCase(this.library, one.row.id)
      this.found.set(one.row.id, { id: one.row.id, title, role, verified: [...one.verified], reason })
    }
    this.requireMost(wanted)
    return this.found.size > before
  }

  private async faultOf({ row, revision }: WantedCase): Promise<string | null> {
    try {
      const image = await readCaseImage(this.library, row.id)
      if (revision === null) return null
      const labels = await readRevision(this.library, row.id, revision)
      if (labels.data.length !== image.data.length) return 'its labels do not fit its image'
      requireSameGrid(image, labels, 'the image', 'the label map')
      return null
    } catch (error) {
      if (!isDamage(error)) throw error
      return oneLine(error)
    }
  }

  private requireMost(wanted: readonly WantedCase[]): void {
    const damaged = this.all.filter(({ role }) => role === 'work')
    const good = wanted.filter(({ row }) => row.role === 'work' && !this.has(row)).length
    if (damaged.length <= good || good + damaged.length === 0) return
    const [{ title, reason }] = damaged
    throw new EmendError(
      `${damaged.length} of ${count(damaged.length + good, 'case')} to learn from cannot be read: ${title}: ${reason}`,
      { hint: 'restore the library from a backup' },
    )
  }
}

/** What the hold-out lacks for damaged files; null where it is whole. */
export function missingHeldOut(
  leftOut: readonly LeftOutCase[],
  held: readonly Pick<VerifiedCase, 'verified'>[],
): MissingHeldOut | null {
  const missing = leftOut.filter(({ role }) => role === 'hold-out')
  if (missing.length === 0) return null
  const scored = new Set(held.flatMap(({ verified }) => verified))
  const lost = new Set(missing.flatMap(({ verified }) => verified.filter((name) => !scored.has(name))))
  return { titles: missing.map(({ title }) => title), of: held.length + missing.length, lost: [...lost] }
}
