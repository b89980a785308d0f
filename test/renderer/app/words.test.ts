import { describe, expect, it } from 'vitest'
import { count } from '../../../src/shared/count'
import { ago, bytesText, clock, jobState, millilitres, spacingText, timeLeft } from '../../../src/renderer/app/words'

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

  it('say when something was done, and how much memory it takes', () => {
    const now = new Date(2026, 4, 3, 20, 0)
    const iso = (day: number): string => new Date(2026, 4, day, 9, 5, 7).toISOString()
    expect([clock(iso(3), false, now), clock(iso(3), true, now)]).toEqual(['09:05', '09:05:07'])
    expect([clock(iso(2), true, now), clock('', true, now)]).toEqual(['2026-05-02 09:05', ''])
    expect([0, 640, 12_345, 3_400_000, 1_234_000_000].map(bytesText)).toEqual([
      '0 B',
      '640 B',
      '12 kB',
      '3.4 MB',
      '1.2 GB',
    ])
  })

  it('count and measure', () => {
    expect([count(1, 'case'), count(3, 'case')]).toEqual(['1 case', '3 cases'])
    expect(spacingText([0.742188, 0.742188, 2.5])).toBe('0.74 × 0.74 × 2.5 mm')
  })
})
