import { expect, it } from 'vitest'
import { LearningByItself } from '../../../src/main/jobs/learningByItself'
import { setLearningHour } from '../../../src/main/jobs/learningHours'
import { JobRunner } from '../../../src/main/jobs/runner'
import { listAudit } from '../../../src/main/library/audit'
import { addCase } from '../../../src/main/library/cases'
import { setStatus } from '../../../src/main/library/reviews'
import { EmendError } from '../../../src/shared/errors'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'

const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000)

async function siteWithWork() {
  const library = temporaryLibrary()
  const { id } = await addCase(library, newCase())
  const runner = new JobRunner(
    library,
    { job: () => undefined, changed: () => undefined },
    // No job of this test gets as far as a process.
    { launch: () => { throw new Error('not here') }, devices: () => new Promise(() => undefined) }, // prettier-ignore
  )
  setLearningHour(library, '03:30')
  setStatus(library, id, 'liver', 'accepted')
  return { library, id, runner }
}

it('looks again at the next hour, or once the library has changed, where something stands in the way', async () => {
  const { library, id, runner } = await siteWithWork()
  let obstacle: string | null = 'too few'
  let asked = 0
  const byItself = new LearningByItself(library, runner, () => {
    asked += 1
    return Promise.resolve({ obstacle })
  })
  await byItself.look(hours(24))
  await byItself.look(hours(24.01))
  expect(asked).toBe(1)
  await byItself.look(hours(48))
  expect(asked).toBe(2)
  expect(runner.list()).toEqual([])
  obstacle = null
  setStatus(library, id, 'spleen', 'accepted')
  await byItself.look(hours(48))
  expect([asked, runner.list().map(({ kind, state }) => `${kind} ${state}`)]).toEqual([3, ['learn queued']])
  await byItself.look(hours(48))
  expect(asked).toBe(3)
})

it('puts what fails on record once, and waits for the next hour', async () => {
  const { library, id, runner } = await siteWithWork()
  let asked = 0
  const byItself = new LearningByItself(library, runner, () => {
    asked += 1
    return Promise.reject(new EmendError('the model is damaged', { hint: 'add it again' }))
  })
  await byItself.look()
  setStatus(library, id, 'spleen', 'accepted')
  await byItself.look()
  expect(asked).toBe(1)
  expect(runner.list()).toMatchObject([
    { kind: 'learn', state: 'failed', outcome: 'the model is damaged (add it again)' },
  ])
  const failures = listAudit(library).filter(({ outcome }) => outcome.startsWith('failed'))
  expect(failures).toMatchObject([{ action: 'train', outcome: 'failed: the model is damaged (add it again)' }])
})
