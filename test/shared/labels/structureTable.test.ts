import { describe, expect, it } from 'vitest'
import { EmendError } from '../../../src/shared/errors'
import { builtinSchemas, schemaNamed } from '../../../src/shared/labels/builtin'
import type { Structure } from '../../../src/shared/labels/schema'
import { structureOf } from '../../../src/shared/labels/siteStructures'
import { builtinStructureTable, matchStructure, parseStructureTable } from '../../../src/shared/labels/structureTable'

const schema = schemaNamed('flare23')
const match = (label: string, user = {}): string | undefined => matchStructure({ label }, schema, user)?.name

describe('matchStructure', () => {
  it.each([
    ['Liver', 'liver'],
    ['LIVER', 'liver'],
    ['kidney_right', 'right-kidney'],
    ['Kidney_L', 'left-kidney'],
    ['leftKidney', 'left-kidney'],
    ['Lt. Kidney', 'left-kidney'],
    ['adrenal_gland_left', 'left-adrenal-gland'],
    ['A_Aorta', 'aorta'],
    ['IVC', 'inferior-vena-cava'],
    ['V_Venacava_I', 'inferior-vena-cava'],
    ['Gall Bladder', 'gallbladder'],
    ['Oesophagus', 'esophagus'],
    ['GTV', 'lesion'],
  ])('knows %s as %s', (label, name) => {
    expect(match(label)).toBe(name)
  })

  it.each(['kidney', 'Stomach_duo_planCT', 'liver dome', '', 'Bowel'])('does not guess at %o', (label) => {
    expect(match(label)).toBeUndefined()
  })

  it('goes by the code before the name, with its side', () => {
    const kidney = { value: '64033007', scheme: 'SCT', meaning: 'Kidney' }
    const left = { value: '7771000', scheme: 'SCT', meaning: 'Left' }
    expect(matchStructure({ label: 'Spleen', type: kidney, modifier: left }, schema)?.name).toBe('left-kidney')
    expect(matchStructure({ label: 'right kidney', type: kidney }, schema)?.name).toBe('right-kidney')
    expect(matchStructure({ label: '7', type: { value: 'T-62000', scheme: 'SRT', meaning: 'Liver' } }, schema)?.name).toBe('liver') // prettier-ignore
  })

  it('goes by the name before a code of Emend’s own, of which older files have the same for several structures', () => {
    const structure = (title: string, id: number) => {
      const made = structureOf({ title, color: '#ff0000', kind: 'organ', code: null }, id)
      return { ...made, type: { ...made.type, value: 'LEFT-PSOAS-MUSCL' } }
    }
    const [upper, lower] = [structure('Left psoas muscle upper', 200), structure('Left psoas muscle lower', 201)]
    const own = (...structures: Structure[]) => ({ name: 'own', title: 'Own', structures })
    const both = own(upper, lower)
    for (const { title, type, name } of both.structures) {
      expect(matchStructure({ label: title, type }, both)?.name).toBe(name)
    }
    expect(matchStructure({ label: 'Psoas', type: upper.type }, both)).toBeUndefined()
    expect(matchStructure({ label: 'Psoas', type: upper.type }, own(upper))?.name).toBe(upper.name)
    const remade = structureOf({ title: lower.title, color: '#ff0000', kind: 'organ', code: null }, 201)
    expect(matchStructure({ label: lower.title, type: lower.type }, own(upper, remade))?.name).toBe(lower.name)
  })

  it("follows the user's table first, also where it leaves something out", () => {
    const user = parseStructureTable('{"spleen": {"names": ["liver"]}, "-": {"names": ["GTV"]}}', 'a.json')
    expect(match('Liver', user)).toBe('spleen')
    expect(match('GTV', user)).toBeUndefined()
  })

  it('finds every structure of every schema by its own name, title and code', () => {
    for (const own of builtinSchemas.map(schemaNamed)) {
      for (const { name, title, type, modifier } of own.structures) {
        expect(matchStructure({ label: name }, own)?.name).toBe(name)
        expect(matchStructure({ label: title }, own)?.name).toBe(name)
        expect(matchStructure({ label: '', type, modifier }, own)?.name).toBe(name)
      }
    }
  })

  it('has no code that two structures claim', () => {
    const codes = Object.values(builtinStructureTable).flatMap((entry) => entry.codes)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

it('a table that is none is refused by its name', () => {
  expect(() => parseStructureTable('{"liver": ["Leber"]}', 'mine.json')).toThrow(EmendError)
  expect(() => parseStructureTable('{', 'mine.json')).toThrow(/mine\.json is no table/)
})
