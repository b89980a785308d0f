import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/main/learning/gate'

const scores = (values: Record<string, number | null>) =>
  Object.fromEntries(Object.entries(values).map(([name, dsc]) => [name, { dsc, nsd: null, cases: 3 }]))

describe('the gate', () => {
  it('promotes a model that is better on the mean and nowhere much worse', () => {
    const verdict = judge(scores({ liver: 0.9, spleen: 0.8 }), scores({ liver: 0.89, spleen: 0.85 }))
    expect(verdict.promote).toBe(true)
    expect(verdict.line).toBe('promoted: mean DSC 0.850 to 0.870, most spleen (+0.050), least liver (-0.010)')
  })

  it('keeps a model out that is much worse for one structure, however good the mean', () => {
    const verdict = judge(scores({ liver: 0.9, spleen: 0.5 }), scores({ liver: 0.87, spleen: 0.9 }))
    expect(verdict).toEqual({ promote: false, line: 'kept out: liver fell from DSC 0.900 to 0.870' })
  })

  it('keeps a model out whose mean fell', () => {
    expect(judge(scores({ liver: 0.9, spleen: 0.8 }), scores({ liver: 0.89, spleen: 0.8 })).promote).toBe(false)
  })

  it('keeps a model out that lost a structure', () => {
    const verdict = judge(scores({ liver: 0.9, spleen: 0.8 }), scores({ liver: 0.95 }))
    expect(verdict.line).toBe('kept out: it no longer does spleen')
  })

  it('promotes a first model, and one that changed nothing', () => {
    expect(judge(null, scores({ liver: 0.5 })).promote).toBe(true)
    expect(judge(scores({ liver: 0.5 }), scores({ liver: 0.5 })).promote).toBe(true)
  })

  it('keeps a model out that could not be scored', () => {
    expect(judge(scores({ liver: 0.9 }), scores({ liver: null })).promote).toBe(false)
    expect(judge(null, {}).promote).toBe(false)
  })

  it('does not hold a new structure against a model', () => {
    expect(judge(scores({ liver: 0.9 }), scores({ liver: 0.91, spleen: 0.1 })).promote).toBe(true)
  })
})
