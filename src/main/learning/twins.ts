import type { CaseRow } from '../../shared/contract'
import { readCaseImage } from '../library/cases'
import type { Work } from '../../shared/progress'
import type { Library } from '../library/library'
import { isDamage } from './damagedCases'
import { contentOf } from './holdOut'

/**
 * Those of some cases that show the same voxels as a case of the hold-out, on whatever grid: it must not be learned from
 * under another name. Reads the images that are as large as one held out; of a damaged one nothing is said.
 * @throws the signal's reason where it was cancelled
 */
export async function twinsOf(
  library: Library,
  cases: readonly CaseRow[],
  held: readonly CaseRow[],
  work: Work,
): Promise<ReadonlySet<string>> {
  const size = ({ dims }: CaseRow): string => dims.join('x')
  const alike = cases.filter((one) => held.some((other) => size(other) === size(one)))
  const sizes = new Set(alike.map(size))
  const contentIn = async ({ id }: CaseRow): Promise<string | null> => {
    await work.giveWay?.()
    work.signal.throwIfAborted()
    try {
      return contentOf(await readCaseImage(library, id))
    } catch (error) {
      if (isDamage(error)) return null
      throw error
    }
  }
  const contents = new Set<string | null>()
  for (const row of held.filter((one) => sizes.has(size(one)))) contents.add(await contentIn(row))
  contents.delete(null)
  const twins = new Set<string>()
  for (const row of alike) if (contents.has(await contentIn(row))) twins.add(row.id)
  return twins
}
