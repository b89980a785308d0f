import { describe, expect, it } from 'vitest'
import { ago, count, jobState, millilitres, spacingText, timeLeft } from '../../../src/renderer/app/words'

describe('words', () => {
  it('say how long it takes', () => {
    expect([0.3, 12.1, 90, 7200].map(timeLeft)).toEqual(['almost done', '13 s left', '2 min left', '2.0 h left'])
    expect(timeLeft(undefined)).toBe('')
  })

  it('say what a job does', () => {
    const progress = { phase: 'reading', done: 1, total: 9 }
    expect(jobState({ state: 'queued', progress: null })).toBe('waiting its turn')
    expect(jobState({ state: 'running', progress: null })).toBe('starting')
    expect(jobState({ state: 'running', progress })).toBe('reading')
    expect(jobState({ state: 'running', progress: { ...progress, secondsLeft: 9 } })).toBe('9 s left')
  })

  it('say how long ago', () => {
    const now = Date.parse('2026-03-10T12:00:00Z')
    const past = [
      '2026-03-10T11:59:40Z',
      '2026-03-10T11:30:00Z',
      '2026-03-10T07:00:00Z',
      '2026-03-08T12:00:00Z',
      '2025-12-01T00:00:00Z',
    ]
    expect(past.map((iso) => ago(iso, now))).toEqual(['just now', '30 min ago', '5 h ago', '2 days ago', '2025-12-01'])
  })

  it('give volumes with the digits that mean something', () => {
    expect([0, 3.24, 1523.4].map(millilitres)).toEqual(['–', '3.2 mL', '1,523 mL'])
  })

  it('count and measure', () => {
    expect([count(1, 'case'), count(3, 'case')]).toEqual(['1 case', '3 cases'])
    expect(spacingText([0.742188, 0.742188, 2.5])).toBe('0.74 × 0.74 × 2.5 mm')
  })
})
