import { expect, it } from 'vitest'
import { StructureClock } from '../../../src/renderer/review/structureClock'

/** A clock, and what moves its time on, in seconds. */
function clockAt(): { clock: StructureClock; wait: (seconds: number) => void } {
  let now = 0
  return { clock: new StructureClock(() => now), wait: (seconds) => void (now += 1000 * seconds) }
}

it('gives the time to the structure that was the active one, pauses up to a minute', () => {
  const { clock, wait } = clockAt()
  expect(clock.take()).toEqual({})
  clock.touch('liver')
  wait(10)
  clock.touch('liver')
  wait(5)
  clock.touch('spleen')
  wait(1000)
  clock.touch('spleen')
  wait(2)
  clock.touch('liver')
  expect(clock.take()).toEqual({ liver: 15, spleen: 62 })
  expect(clock.take()).toEqual({})
})

it('goes on after it was read, and has back what could not be saved', () => {
  const { clock, wait } = clockAt()
  clock.touch('liver')
  wait(4)
  clock.touch('liver')
  const taken = clock.take()
  wait(3)
  clock.touch('liver')
  clock.giveBack(taken)
  expect(clock.take()).toEqual({ liver: 7 })
})

it('counts nothing while the reader is elsewhere', () => {
  const { clock, wait } = clockAt()
  clock.touch('liver')
  wait(2)
  clock.pause()
  wait(30)
  clock.pause()
  clock.touch('liver')
  wait(1)
  clock.touch('liver')
  expect(clock.take()).toEqual({ liver: 3 })
})
