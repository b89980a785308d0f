import { expect, it } from 'vitest'
import { isSided } from '../../../src/shared/labels/sided'

it('a structure is of one side wherever its name says so', () => {
  expect(['left-kidney', 'psoas-right', 'upper-left-lobe'].map(isSided)).toEqual([true, true, true])
  expect(['liver', 'brightness', 'cleft', 'aorta'].map(isSided)).toEqual([false, false, false, false])
})
