import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  endRun,
  saveRun,
  settleRuns,
  startRun,
  trainingFolder,
  unfinishedRun,
  type CycleRun,
} from '../../../src/main/learning/cycleFile'
import { listAudit } from '../../../src/main/library/audit'
import type { Library } from '../../../src/main/library/library'
import { libraryPaths } from '../../../src/main/library/paths'
import { temporaryLibrary } from '../library/fixtures'

const begin = (library: Library, base = 'blobs@1'): Promise<CycleRun> =>
  startRun(library, {
    startedAt: '2026-01-01T00:00:00.000Z',
    startedBy: 'reader',
    base,
    seed: 1,
    steps: null,
    cases: [],
    holdOut: null,
    before: null,
    after: null,
    model: null,
    promoted: null,
  })

function leaveFiles(run: CycleRun): void {
  mkdirSync(trainingFolder(run))
  writeFileSync(join(trainingFolder(run), 'checkpoint.bin'), 'weights')
}

it('a run that was told to stop and killed is cancelled when the library is settled, on record, without its files', async () => {
  const library = temporaryLibrary()
  const run = await begin(library)
  leaveFiles(run)
  await saveRun(run, { state: 'cancelling' })
  expect(unfinishedRun(library)).toBeNull()
  await settleRuns(library)
  expect(readdirSync(run.folder)).toEqual(['cycle.json'])
  expect(listAudit(library)[0]).toMatchObject({ action: 'train', subject: 'blobs@1', outcome: 'cancelled' })
  await settleRuns(library)
  expect(listAudit(library).filter(({ outcome }) => outcome === 'cancelled')).toHaveLength(1)
})

it('what ended runs left goes, what an unfinished one or a newer Emend has stays', async () => {
  const library = temporaryLibrary()
  const ended = await begin(library)
  await endRun(ended, 'done')
  leaveFiles(ended)
  const newer = join(libraryPaths.runs(library.root), '0newer')
  mkdirSync(join(newer, 'model'), { recursive: true })
  writeFileSync(join(newer, 'cycle.json'), '{"format":"emend-cycle/9"}')
  const open = await begin(library)
  expect(readdirSync(ended.folder)).toEqual(['cycle.json'])
  leaveFiles(open)
  await settleRuns(library)
  expect(readdirSync(open.folder).sort()).toEqual(['cycle.json', 'model'])
  expect(readdirSync(newer).sort()).toEqual(['cycle.json', 'model'])
  expect(unfinishedRun(library)?.folder).toBe(open.folder)
  // Whoever cancelled it knows that it was, whatever its process wrote last.
  await settleRuns(library, true)
  expect(readdirSync(open.folder)).toEqual(['cycle.json'])
  expect(unfinishedRun(library)).toBeNull()
})

it('only the newest run can be unfinished', async () => {
  const library = temporaryLibrary()
  await begin(library)
  await endRun(await begin(library), 'done')
  expect(unfinishedRun(library)).toBeNull()
})
