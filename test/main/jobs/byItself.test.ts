import { describe, expect, it } from 'vitest'
import type { Progress } from '../../../src/shared/progress'
import { isTimeToLearn, lastPassing, setLearningHour } from '../../../src/main/jobs/learningHours'
import { isReaderAtWork, readerIsAtWork, withManners } from '../../../src/main/jobs/manners'
import { listAudit } from '../../../src/main/library/audit'
import { addCase } from '../../../src/main/library/cases'
import { addJob } from '../../../src/main/library/jobsTable'
import { setStatus } from '../../../src/main/library/reviews'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase } from '../library/samples'

describe('learning at a set hour', () => {
  it('knows when the hour last passed', () => {
    const at = (text: string): Date => new Date(`2026-05-04T${text}:00`)
    expect(lastPassing('22:00', at('23:10'))).toEqual(at('22:00'))
    expect(lastPassing('22:00', at('22:00'))).toEqual(at('22:00'))
    expect(lastPassing('22:00', at('06:00'))).toEqual(new Date('2026-05-03T22:00:00'))
  })

  it('begins once the hour has passed and something was verified since the last turn', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000)
    expect(isTimeToLearn(library, later(24))).toBe(false)
    setLearningHour(library, '03:30')
    expect(isTimeToLearn(library, later(24))).toBe(false)
    setStatus(library, id, 'liver', 'accepted')
    expect(isTimeToLearn(library, later(24))).toBe(true)
    addJob(library, { kind: 'learn', title: 'Learn', caseId: null })
    expect(isTimeToLearn(library, later(24))).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 5))
    setStatus(library, id, 'spleen', 'absent')
    // The hour passes once a day: what is verified now waits for the next time.
    expect(isTimeToLearn(library, later(0.0001)) && isTimeToLearn(library, later(0.0002))).toBe(false)
    expect(isTimeToLearn(library, later(24))).toBe(true)
    setLearningHour(library, null)
    expect(isTimeToLearn(library, later(24))).toBe(false)
  })

  it('has each change of it on record, and nothing where it stays', () => {
    const library = temporaryLibrary()
    for (const at of [null, '22:00', '22:00', null]) setLearningHour(library, at)
    const said = listAudit(library).map(({ action, outcome }) => `${action}: ${outcome}`)
    expect(said).toEqual(['settings: does not learn by itself', 'settings: learns by itself at 22:00'])
  })
})

describe('manners', () => {
  it('wait while a reader edits, say so, and go on after a pause or when cancelled', async () => {
    const root = temporaryFolder()
    expect(isReaderAtWork(root)).toBe(false)
    readerIsAtWork(root)
    expect(isReaderAtWork(root)).toBe(true)
    expect(isReaderAtWork(root, Date.now() + 10_000)).toBe(false)
    const said: Progress[] = []
    const controller = new AbortController()
    const work = withManners(
      {
        signal: controller.signal,
        report: (progress) => {
          said.push(progress)
          if (progress.phase === 'waiting while you edit') controller.abort()
        },
      },
      root,
    )
    work.report({ phase: 'training', done: 3, total: 9 })
    await work.giveWay?.()
    expect(said.at(-1)).toMatchObject({ phase: 'waiting while you edit', done: 3, total: 9 })
    expect(controller.signal.aborted).toBe(true)
  })
})
