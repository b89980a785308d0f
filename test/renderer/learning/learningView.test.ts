import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  channelsIn,
  curvePath,
  curvesOf,
  gainOf,
  gainWords,
  holdOutWords,
  joinedCurve,
  learnedFromWords,
  marginOf,
  meanDsc,
  overlaid,
  recordedCurve,
  runLengths,
  runWords,
  stepsOf,
  structureCurves,
  teacherChoices,
  versionIn,
} from '../../../src/renderer/learning/learningView'
import type { ModelRow } from '../../../src/shared/contract'

function model(version: number, liver: number | null, spleen: number | null, before: number | null): ModelRow {
  return {
    name: 'abdomen',
    version,
    title: 'Abdomen',
    schema: 'flare23',
    parent: version > 1 ? `abdomen@${version - 1}` : null,
    createdAt: '2026-01-01T00:00:00Z',
    state: 'available',
    verdict: null,
    channels: ['background', 'liver', 'spleen'],
    holdOut: 'three phantoms',
    scores: { liver: { dsc: liver, nsd: null, cases: 2 }, spleen: { dsc: spleen, nsd: null, cases: 2 } },
    parentScores: before === null ? null : { liver: { dsc: before, nsd: null, cases: 2 } },
  }
}

describe('models side by side', () => {
  const [first, second] = [model(1, 0.9, null, null), model(2, 0.93, 0.8, 0.91)]

  it('average only what was scored', () => {
    expect(meanDsc(first)).toBeCloseTo(0.9)
    expect(meanDsc(second)).toBeCloseTo(0.865)
    expect(meanDsc({ ...first, scores: null })).toBeNull()
  })

  it('compare with what their parent scored on the same cases, not elsewhere', () => {
    expect(gainOf(second, 'liver')).toBeCloseTo(0.02)
    expect(gainOf(second, 'spleen')).toBeNull()
    expect(gainOf(first, 'liver')).toBeNull()
  })
})

describe('the length of a run', () => {
  it('is the recipe’s, or a part or a multiple of it, and never nothing', () => {
    expect(runLengths.map((length) => stepsOf(length, 150))).toEqual([38, 150, 600])
    expect(stepsOf('short', 1)).toBe(1)
  })
})

describe('who teaches', () => {
  it('is nobody, or one of those that can; who does now is among them, be there a newer version or not', () => {
    expect(versionIn('abdomen-two.stem@12')).toEqual({ name: 'abdomen-two.stem', version: 12 })
    const values = (teacher: string | null, teachers: string[]): string[] =>
      teacherChoices({ teacher, teachers }).map(({ value }) => value)
    expect(values(null, [])).toEqual([''])
    expect(values('big@2', ['big@2', 'wide@1'])).toEqual(['', 'big@2', 'wide@1'])
    expect(values('big@1', ['big@2'])).toEqual(['', 'big@1', 'big@2'])
    expect(teacherChoices({ teacher: null, teachers: ['big@2'] })[1].text).toBe('big@2')
  })
})

describe('a curve', () => {
  it('runs from corner to corner of its box', () => {
    const points = [
      { step: 0, value: 1 },
      { step: 50, value: 0.5 },
      { step: 100, value: 0 },
    ]
    expect(curvePath(points, 200, 100)).toBe('M0.0 0.0L100.0 50.0L200.0 100.0')
  })

  it('is empty without points and level with one', () => {
    expect(curvePath([], 200, 100)).toBe('')
    expect(curvePath([{ step: 3, value: 9 }], 200, 100)).toBe('M0.0 50.0')
  })
})

describe('the curves of a run', () => {
  const curve = {
    columns: ['step', 'seconds', 'learning rate', 'loss', 'liver', 'spleen'],
    rows: [
      [1, 2, 1e-3, 0.9, 0.2, null],
      [2, 4, 1e-3, 0.8, 0.4, 0.6],
      [4, 5, 1e-3, 0.7, null, null],
    ],
  }

  it('are taken from its file: loss, the mean Dice of the batch, and how fast it goes', () => {
    expect(recordedCurve(curve, 'loss').map(({ value }) => value)).toEqual([0.9, 0.8, 0.7])
    expect(recordedCurve(curve, 'dice')).toEqual([
      { step: 1, value: 0.2 },
      { step: 2, value: 0.5 },
    ])
    expect(recordedCurve(curve, 'stepsPerSecond')).toEqual([
      { step: 2, value: 0.5 },
      { step: 4, value: 2 },
    ])
    expect(structureCurves(curve)[1]).toEqual({ structure: 'spleen', points: [{ step: 2, value: 0.6 }] })
  })

  it('go on with what came since, and begin anew with a second network', () => {
    const recorded = [1, 2, 3].map((step) => ({ step, value: 0 }))
    const live = (...steps: number[]) => steps.map((step) => ({ step, value: 1 }))
    expect(joinedCurve(recorded, live(2, 3, 4, 5)).map(({ step, value }) => [step, value])).toEqual([[1, 0], [2, 0], [3, 0], [4, 1], [5, 1]]) // prettier-ignore
    expect(joinedCurve(recorded, [])).toEqual(recorded)
    expect(joinedCurve([], live(1))).toEqual(live(1))
    expect(joinedCurve(recorded, live(1, 2))).toEqual(live(1, 2))
  })
})

describe('an example of a run', () => {
  it('is grey with its channels over it, stronger at their edges, and dark where nothing is known', () => {
    const image = Uint8Array.from([90, 90, 90, 90, 90, 90, 90, 90, 90])
    const channels = Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 1, 255])
    const pixels = overlaid(image, channels, 3, ['#ff0000'])
    const pixel = (at: number): number[] => [...pixels.subarray(4 * at, 4 * at + 4)]
    expect(pixel(4)).toEqual([156, 54, 54, 255])
    expect(pixel(5)).toEqual([255, 0, 0, 255])
    expect(pixel(8)).toEqual([30, 30, 30, 255])
    expect(channelsIn(channels, Uint8Array.from([0, 3]))).toEqual([1, 3])
    expect([...bytesOf('AAH/')]).toEqual([0, 1, 255])
  })
})

describe('the gate in words', () => {
  it('takes a margin from 0 to 1, nothing for none, and refuses the rest', () => {
    expect(['0', '0.05', ' ', '1.5', '-1', 'x'].map(marginOf)).toEqual([0, 0.05, null, undefined, undefined, undefined])
  })

  it('says how far a structure might have fallen', () => {
    expect(gainWords({ mean: 0, low: -0.01, high: 0.02 }, undefined)).toBe('−0.010 to +0.020')
    expect(gainWords({ mean: 0, low: -0.01, high: 0.02 }, 0.05)).toBe('−0.010 to +0.020; down to −0.050 is taken')
  })

  it('tells phantoms from cases that are held out', () => {
    expect(holdOutWords([], () => true)).toBe('no hold-out yet')
    expect(holdOutWords(['a', 'b'], (id) => id === 'b')).toBe('2 hold-out cases')
    expect(holdOutWords(['phantom-1'], () => false)).toBe('1 phantom, as no case is held out yet')
  })
})

describe('curvesOf', () => {
  it('names the figures of a run, and leaves its step to the bar above', () => {
    expect(curvesOf({ step: 3, loss: 0.4, dice: 0.8, gain: 1 })).toEqual([
      { figure: 'loss', title: 'Loss' },
      { figure: 'dice', title: 'Dice of the batch' },
      { figure: 'gain', title: 'gain' },
    ])
    expect(curvesOf(undefined)).toEqual([])
  })
})

describe('a run', () => {
  it('says how many of the verified cases it learns from', () => {
    expect([learnedFromWords(1), learnedFromWords(12, 12), learnedFromWords(120, 1500)]).toEqual([
      '1 case',
      '12 cases',
      '120 of 1,500 verified cases',
    ])
  })

  it('says how far it is, what it runs on and what memory it holds, as much as is known', () => {
    const progress = { phase: 'training', done: 3, total: 400, secondsLeft: 90, device: 'webgpu', memoryBytes: 2.14e9 }
    expect(runWords(progress)).toBe('3 of 400 · 2 min left · graphics card (WebGPU) · 2.1 GB of memory')
    expect(runWords({ phase: 'preparing', done: 0, total: 0, device: 'cpu' })).toBe('processor')
    expect(runWords(null)).toBe('')
  })
})
