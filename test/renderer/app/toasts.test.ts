import { describe, expect, it } from 'vitest'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'

const texts = (toasts: Toasts): string[] => toasts.shown.map(({ text }) => text)

describe('messages', () => {
  it('give way to newer ones, but a failure stays until it is closed', async () => {
    const toasts = new Toasts()
    await toasts.attempt(() => Promise.reject(new Error('the disk is full')))
    for (const text of ['one', 'two', 'three', 'four', 'five']) toasts.say(text)
    expect(texts(toasts)).toEqual(['the disk is full', 'two', 'three', 'four', 'five'])
    toasts.close(toasts.shown[0].id)
    expect(texts(toasts)).toEqual(['two', 'three', 'four', 'five'])
  })

  it('say the same failure once', () => {
    const toasts = new Toasts()
    for (let n = 0; n < 2; n++) toasts.fail(new Error('the disk is full'))
    expect(texts(toasts)).toEqual(['the disk is full'])
  })
})
