import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { day, studyFrom } from '../../../src/main/pacs/dicomJson'
import { fits, matchOf, queryParameters, withoutEscapes } from '../../../src/main/pacs/query'
import { noQuery, ServerDraft, StudyQuery, Uid } from '../../../src/shared/archive'

const page = { offset: 20, limit: 10 }

describe('a search for studies', () => {
  it('asks by DICOM’s rules: names from the beginning, descriptions anywhere, ids whole, days as a range', () => {
    const query = {
      ...noQuery,
      patientName: 'Doe',
      patientId: '7',
      description: 'liver',
      from: '2026-01-31',
      modality: 'CT',
    }
    expect(matchOf(query)).toEqual({
      patientName: 'Doe*',
      patientId: '7',
      description: '*liver*',
      studyDate: '20260131-',
      modality: 'CT',
    })
    expect(matchOf({ ...noQuery, to: '2026-01-31' }).studyDate).toBe('-20260131')
    expect(matchOf({ ...noQuery, from: '2026-01-31', to: '2026-01-31' }).studyDate).toBe('20260131')
    expect(matchOf({ ...noQuery, patientName: '*Doe?' }).patientName).toBe('*Doe?')
  })

  it('escapes what an address may not hold, and leaves out what is not asked', () => {
    const text = queryParameters(matchOf({ ...noQuery, patientName: 'Ä & B+', patientId: '?' }), page)
    expect(text).toMatch(/^PatientName=%C3%84%20%26%20B%2B\*&PatientID=\?&includefield=/)
    expect(text).toMatch(/&limit=10&offset=20$/)
    expect(text).not.toContain('StudyDate')
  })

  it('can do without escapes, and then sorts out what is too much', () => {
    expect(withoutEscapes(matchOf({ ...noQuery, patientName: 'Doe' }))).toBeNull()
    const match = matchOf({ ...noQuery, patientName: 'Röe^Æ', description: 'CT (a.b)' })
    expect(withoutEscapes(match)).toMatchObject({ patientName: 'R*e**', description: '*CT*a.b**' })
    const study = studyFrom({
      '0020000D': { Value: ['1.2'] },
      '00100010': { Value: [{ Alphabetic: 'RÖE^ÆRØ' }] },
      '00081030': { Value: ['a ct (A.B) c'] },
    })!
    expect(fits(study, match)).toBe(true)
    expect(fits({ ...study, description: 'CT (axb)' }, match)).toBe(false)
    expect(fits({ ...study, patientName: 'Rae^Æ' }, match)).toBe(false)
  })
})

describe('an answer in DICOM JSON', () => {
  it('may lack anything but the UID', () => {
    expect(studyFrom({ '0020000D': { Value: ['1.2.3'] } })).toEqual({
      studyUid: '1.2.3',
      patientName: '',
      patientId: '',
      date: '',
      description: '',
      accessionNumber: '',
      modalities: [],
      series: null,
      images: null,
    })
    expect(studyFrom({ '0020000D': { Value: ['../../etc'] } })).toBeNull()
    expect(studyFrom({})).toBeNull()
  })

  it('may hold names in another script only, numbers as text, empty values', () => {
    const study = studyFrom({
      '0020000D': { Value: ['1.2.3'] },
      '00100010': { Value: [{ Ideographic: '山田^太郎' }] },
      '00201208': { Value: ['12'] },
      '00201206': { Value: [null] },
      '00080061': { Value: ['CT', null, 'SEG'] },
    })
    expect(study).toMatchObject({ patientName: '山田^太郎', images: 12, series: null, modalities: ['CT', 'SEG'] })
    expect(day('20260131')).toBe('2026-01-31')
    expect(day('2026.01.31')).toBe('2026.01.31')
  })
})

describe('what the window sends', () => {
  it('holds no address but of a web service', () => {
    const draft = (url: string) => ({
      id: null,
      name: 'x',
      endpoint: { protocol: 'dicomweb', url, auth: 'none', user: '' },
    })
    expect(v.parse(ServerDraft, draft(' https://a.example/dicom-web// ')).endpoint).toMatchObject({
      url: 'https://a.example/dicom-web',
    })
    for (const url of ['file:///etc', 'a.example', 'http://me:pw@a.example', 'http://a.example/?x=1', '']) {
      expect(v.is(ServerDraft, draft(url))).toBe(false)
    }
  })

  it('holds no UID that leads elsewhere, and no day that is none', () => {
    for (const uid of ['1.2/../3', '', '1.2?x', 'a', '1'.repeat(65)]) expect(v.is(Uid, uid)).toBe(false)
    expect(v.is(StudyQuery, { ...noQuery, from: '31.1.2026' })).toBe(false)
    expect(v.is(StudyQuery, { ...noQuery, from: '2026-01-31' })).toBe(true)
  })
})
