import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { LibrarySettings, requests } from '../../src/shared/contract'

describe('the card of a model', () => {
  const { input } = requests['models:card']

  it.each(['flare', 'flare-2.small', '0a'])('is asked for by the name %s', (name) => {
    expect(v.is(input, { name, version: 1 })).toBe(true)
  })

  it.each(['../../cases/1', '..', '.hidden', 'a/b', 'a\\b', '', 'Flare'])('is not asked for by %j', (name) => {
    expect(v.is(input, { name, version: 1 })).toBe(false)
  })
})

describe('the hour at which a library learns', () => {
  it.each(['00:00', '09:30', '23:59', null, undefined])('may be %j', (learnAt) => {
    expect(v.is(LibrarySettings, { deidentify: false, learnAt })).toBe(true)
  })

  it.each(['24:00', '9:30', '12:60', 'noon', '12:00:00'])('is not %j', (learnAt) => {
    expect(v.is(LibrarySettings, { deidentify: false, learnAt })).toBe(false)
  })
})
