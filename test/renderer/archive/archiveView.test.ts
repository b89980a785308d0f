import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import {
  contentText,
  draftOf,
  formOf,
  formProblem,
  holdsImages,
  isUnprotected,
  personName,
} from '../../../src/renderer/archive/archiveView'
import { ServerDraft, type StudyRow } from '../../../src/shared/archive'

describe('a study, as people read it', () => {
  it('has a name with a comma, also where parts of it are missing', () => {
    expect(personName('Doe^Jane^M^Dr')).toBe('Doe, Jane M')
    expect(personName('Doe')).toBe('Doe')
    expect(personName('^Jane')).toBe('Jane')
    expect(personName('山田^太郎=x')).toBe('山田, 太郎')
    expect(personName('')).toBe('no name')
  })

  it('says what the archive tells of it and no more', () => {
    const study = { modalities: ['CT', 'SEG'], series: 2, images: 1 } as StudyRow
    expect(contentText(study)).toBe('CT, SEG · 2 series · 1 image')
    expect(contentText({ ...study, series: null, images: null, modalities: [] })).toBe('')
  })

  it('holds images where it is not contours, segmentations, reports and the like', () => {
    expect(['CT', 'MR', 'PT', 'OT', ''].every((modality) => holdsImages({ modality }))).toBe(true)
    expect(['SEG', 'RTSTRUCT', 'SR', 'PR'].some((modality) => holdsImages({ modality }))).toBe(false)
  })
})

describe('the form of a server', () => {
  const form = { ...formOf(null), name: ' PACS ', url: ' https://pacs.example/dicom-web ' }

  it('says what is missing, and makes a draft that the main process takes', () => {
    expect(formProblem(formOf(null))).toBe('Give the server a name')
    expect(formProblem({ ...form, url: 'pacs.example' })).toContain('https://')
    expect(formProblem({ ...form, auth: 'basic' })).toContain('user')
    expect(formProblem(form)).toBeNull()
    expect(v.parse(ServerDraft, draftOf(form)).endpoint).toMatchObject({ url: 'https://pacs.example/dicom-web' })
  })

  it('leaves a kept secret as it is where nothing is entered, and forgets it where there is no sign-in', () => {
    expect(draftOf({ ...form, auth: 'basic', user: 'me' })).not.toHaveProperty('secret')
    expect(draftOf({ ...form, auth: 'bearer', secret: 'x' })).toMatchObject({ secret: 'x', endpoint: { user: '' } })
    expect(draftOf(form).secret).toBe('')
  })

  it('knows servers that speak DIMSE, and gives back what was saved', () => {
    const dimse = { ...form, protocol: 'dimse', host: ' pacs ', port: '104', calledAet: 'ARCHIVE' } as const
    expect(formProblem(dimse)).toBeNull()
    expect(formProblem({ ...dimse, host: ' ' })).toBe('Enter the host')
    expect(formProblem({ ...dimse, receivePort: '0' })).toContain('port')
    expect(formProblem({ ...dimse, calledAet: 'MORE THAN SIXTEEN' })).toContain('AE title')
    const { id: _new, ...draft } = v.parse(ServerDraft, draftOf(dimse))
    expect(draft.endpoint).toMatchObject({ host: 'pacs', port: 104, callingAet: 'EMEND', receivePort: 11112 })
    expect(draftOf(formOf({ ...draft, id: 'x', hasSecret: false })).endpoint).toEqual(draft.endpoint)
  })

  it('warns where a password would travel in the clear to another machine', () => {
    expect(isUnprotected({ ...form, auth: 'basic', url: 'http://pacs.example' })).toBe(true)
    expect(isUnprotected({ ...form, auth: 'basic', url: 'http://127.0.0.1:8042' })).toBe(false)
    expect(isUnprotected({ ...form, auth: 'none', url: 'http://pacs.example' })).toBe(false)
    expect(isUnprotected({ ...form, auth: 'basic' })).toBe(false)
  })
})
