import { expect, it } from 'vitest'
import { killSite } from '../main/learning/cycleKill'

it('a site that is killed 200 times at random moments loses nothing', async () => {
  const { turns, atWork } = await killSite(200, 5, 2500)
  console.log(`200 kills: ${atWork} of them left a turn unfinished, ${turns} turns came to their end`)
  expect(turns).toBeGreaterThan(10)
})

it('a site with a teacher that is killed 100 times at random moments loses nothing', async () => {
  const { turns, atWork } = await killSite(100, 7, 2500, true)
  console.log(`100 kills with a teacher: ${atWork} of them left a turn unfinished, ${turns} turns came to their end`)
  expect(turns).toBeGreaterThan(5)
})
