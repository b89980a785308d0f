import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  endRun,
  saveRun,
  settleRuns,
  trainingFolder,
  unfinishedRun,
  type CycleRun,
} from '../../../src/main/learning/cycleFile'
import { listAudit } from '../../../src/main/library/audit'
import { libraryPaths } from '../../../src/main/library/paths'
import { begunRun } from './begunRun'
import { temporaryLibrary } from '../library/fixtures'

function leaveFiles(run: CycleRun): void {
  mkdirSync(trainingFolder(run))
  writeFileSync(join(trainingFolder(run), 'checkpoint.bin'), 'weights')
}

it('a run that was told to stop and killed is cancelled when the library is settled, on record, without its files', async () => {
  const library = temporaryLibrary()
  const run = await begunRun(library)
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
  const ended = await begunRun(library)
  await endRun(ended, 'done')
  leaveFiles(ended)
  const newer = join(libraryPaths.runs(library.root), '0newer')
  mkdirSync(join(newer, 'model'), { recursive: true })
  writeFileSync(join(newer, 'cycle.json'), '{"format":"emend-cycle/9"}')
  const open = await begunRun(library)
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
  await begunRun(library)
  await endRun(await begunRun(library), 'done')
  expect(unfinishedRun(library)).toBeNull()
})
