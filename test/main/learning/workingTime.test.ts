import { expect, it } from 'vitest'
import { unwatched } from '../../../src/shared/progress'
import { WorkingTime } from '../../../src/main/learning/workingTime'

it('counts on from earlier sittings, and stands still while a run gives way', async () => {
  const started = performance.now()
  const time = new WorkingTime(started, 100)
  await time.giveWay(unwatched)
  let end = (): void => undefined
  const waiting = time.giveWay({ ...unwatched, giveWay: () => new Promise((resolve) => (end = resolve)) })
  const left = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 60))
  end()
  await waiting
  const away = (performance.now() - left) / 1000
  const since = (performance.now() - started) / 1000
  expect(time.seconds).toBeGreaterThanOrEqual(100)
  // The clock is read at other moments than here: what it left out lies between a half and all of the waiting.
  expect(time.seconds - 100).toBeLessThan(since - away / 2)
})
