import { startRun, type CycleRun } from '../../../src/main/learning/cycleFile'
import type { Library } from '../../../src/main/library/library'

/** A turn of learning that has just begun, on no case but those that are given. */
export function begunRun(library: Library, given: Partial<Parameters<typeof startRun>[1]> = {}): Promise<CycleRun> {
  return startRun(library, {
    startedAt: '2026-01-01T00:00:00.000Z',
    startedBy: 'reader',
    base: 'blobs@1',
    seed: 1,
    steps: null,
    cases: [],
    holdOut: null,
    before: null,
    after: null,
    model: null,
    promoted: null,
    ...given,
  })
}
