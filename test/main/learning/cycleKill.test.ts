import { expect, it } from 'vitest'
import { killSite } from './cycleKill'

it('a site that is killed at any moment loses nothing, and its turn goes on (200 kills: npm run verify)', async () => {
  expect((await killSite(6, 11, 600)).turns).toBeGreaterThan(0)
})
