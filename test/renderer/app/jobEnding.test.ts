import { describe, expect, it } from 'vitest'
import { jobEnding } from '../../../src/renderer/app/jobEnding'
import type { JobRow } from '../../../src/shared/jobs'

const ended = (rest: Partial<JobRow>): JobRow => ({
  id: 'j1',
  kind: 'segment-cases',
  title: 'Segment 3 cases',
  caseId: null,
  state: 'done',
  progress: null,
  outcome: '3 of 3 open cases segmented',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:01:00.000Z',
  ...rest,
})
const torn = { caseId: 'c1', line: 'Torn CT · 3f2a: image.nii.gz is damaged' }

describe('the end of a job', () => {
  it('is good, bad, or nothing to speak of', () => {
    expect(jobEnding(ended({}))).toEqual({ text: 'Segment 3 cases: 3 of 3 open cases segmented', tone: 'good' })
    expect(jobEnding(ended({ state: 'failed', outcome: 'the disk is full' }))?.tone).toBe('danger')
    expect(jobEnding(ended({ state: 'cancelled', outcome: 'cancelled' }))).toBeNull()
  })

  it('praises no model: what was learned may be kept out', () => {
    const learnt = ended({ kind: 'learn', title: 'Learn', outcome: 'flare@2: kept out: liver changed by -0.02' })
    expect(jobEnding(learnt)).toEqual({ text: 'Learn: flare@2: kept out: liver changed by -0.02', tone: 'plain' })
  })

  it('is a warning where cases were passed over, which says how many and names the first', () => {
    expect(jobEnding(ended({ passedOver: [torn] }))).toEqual({
      text: 'Segment 3 cases: 1 case could not be segmented, Torn CT · 3f2a: image.nii.gz is damaged',
      tone: 'warning',
    })
    const many = jobEnding(ended({ passedOver: [torn, { caseId: 'c2', line: 'another' }] }))
    expect(many?.text).toContain('2 cases could not be segmented, first Torn CT')
    const learnt = ended({ kind: 'learn', title: 'Learn', outcome: 'promoted', passedOver: [torn] })
    expect(jobEnding(learnt)?.text).toMatch(/^Learn: promoted; 1 case could not be segmented, Torn CT/)
  })
})
