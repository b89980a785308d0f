import { expect, it } from 'vitest'
import { requests } from '../../src/shared/contract'
import { verbs } from '../../src/shared/windowApi'

it('has one verb for each channel of the contract', () => {
  expect(Object.values(verbs).toSorted()).toEqual(Object.keys(requests).toSorted())
})
