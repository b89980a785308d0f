import { describe, expect, it } from 'vitest'
import { JobRunner } from '../../../src/main/jobs/runner'
import { TrashDesk } from '../../../src/main/jobs/trashDesk'
import { addCase, getCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { addRevision } from '../../../src/main/library/revisions'
import { temporaryLibrary } from '../library/fixtures'
import { begunRun } from '../learning/begunRun'
import { newCase, smallLabels } from '../library/samples'

async function labelled(library: Library, seed: number): Promise<string> {
  const { id } = await addCase(library, newCase(seed))
  const revision = { parent: null, origin: 'model', model: 'flare@1', statuses: {}, edited: [] } as const
  await addRevision(library, { ...revision, caseId: id, labels: smallLabels() })
  return id
}

describe('deleting while something works with a case', () => {
  it('is refused in one line', async () => {
    const library = temporaryLibrary()
    const [used, free] = [await labelled(library, 1), await labelled(library, 2)]
    const runner = new JobRunner(
      library,
      { job: () => undefined, changed: () => undefined },
      // No job of this test gets as far as a process.
      { launch: () => { throw new Error('not here') }, devices: () => new Promise(() => undefined) }, // prettier-ignore
    )
    const told: string[] = []
    const desk = new TrashDesk(library, runner, (ids) => told.push(...ids))
    const job = runner.start({ kind: 'segment', caseId: free }, 'Segment')
    expect(() => desk.remove(free)).toThrow('is being worked on')
    runner.cancel(job.id)
    const learning = runner.start({ kind: 'learn' }, 'Learn')
    expect(() => desk.remove(free)).toThrow('about to begin')
    const { revision } = getCase(library, used)
    await begunRun(library, {
      cases: [{ id: used, revision: revision!, verified: ['liver'], statuses: { liver: 'accepted' } }],
    })
    expect(() => desk.remove(used)).toThrow('is learned from just now')
    expect((await desk.removal(used)).obstacle).toContain('is learned from just now')
    desk.remove(free)
    expect(told).toEqual([free])
    expect(desk.restore(free).id).toBe(free)
    runner.cancel(learning.id)
    expect(() => desk.remove(used)).toThrow('by a run that was interrupted: let it go on')
  })
})
