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

  it('that warn stay, too, until what they offer is done', () => {
    const toasts = new Toasts()
    let ran = 0
    toasts.say('1 case could not be segmented', { tone: 'warning', action: { text: 'Show', run: () => void ran++ } })
    for (const text of ['one', 'two', 'three', 'four', 'five']) toasts.say(text)
    expect(texts(toasts)).toEqual(['1 case could not be segmented', 'two', 'three', 'four', 'five'])
    toasts.act(toasts.shown[0])
    expect([ran, texts(toasts)]).toEqual([1, ['two', 'three', 'four', 'five']])
  })

  it('say the same failure once', () => {
    const toasts = new Toasts()
    for (let n = 0; n < 2; n++) toasts.fail(new Error('the disk is full'))
    expect(texts(toasts)).toEqual(['the disk is full'])
  })
})
