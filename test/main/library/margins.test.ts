import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { libraryMargins, listMargins, setMargin } from '../../../src/main/library/margins'
import { setMember } from '../../../src/main/library/members'
import { registerModel } from '../../../src/main/library/models'
import { addStructure } from '../../../src/main/library/structures'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'
import { writeModel } from './samples'

async function withModel(user = 'reader') {
  const library = temporaryLibrary({ user })
  await registerModel(library, writeModel(temporaryFolder()), { promoted: true, verdict: 'the first' })
  return library
}

describe('margins of the gate', () => {
  it('are the gate’s own until some are set, which the audit tells of, and are taken back', async () => {
    const library = await withModel()
    expect(listMargins(library)).toEqual({
      otherwise: 0.02,
      structures: [
        { structure: 'liver', title: 'Liver', margin: null },
        { structure: 'spleen', title: 'Spleen', margin: null },
      ],
    })
    setMargin(library, 'spleen', 0.05)
    setMargin(library, 'spleen', 0.05)
    setMargin(library, 'pancreas', 0)
    expect(libraryMargins(library)).toEqual({ spleen: 0.05, pancreas: 0 })
    expect(listMargins(library).structures.map(({ structure }) => structure)).toEqual(['liver', 'spleen', 'pancreas'])
    setMargin(library, 'spleen', null)
    expect(libraryMargins(library)).toEqual({ pancreas: 0 })
    const said = listAudit(library).filter(({ action }) => action === 'margin')
    expect(said.map(({ subject, outcome }) => [subject, outcome])).toEqual([
      ['spleen', '0.02, as for others'],
      ['pancreas', '0 DSC'],
      ['spleen', '0.05 DSC'],
    ])
  })

  it('are refused where they are none, or no structure’s, or the role does not allow it', async () => {
    const library = await withModel('anna')
    for (const wrong of [-0.1, 1.5, NaN, Infinity]) {
      expect(() => setMargin(library, 'liver', wrong)).toThrow('from 0 to 1')
    }
    expect(() => setMargin(library, 'livre', 0.1)).toThrow("no structure 'livre'")
    expect(() => setMargin(temporaryLibrary(), 'liver', 0.1)).toThrow('no structure')
    const psoas = addStructure(library, 'flare23', { title: 'Psoas', color: '#aa3355', kind: 'organ', code: null })
    setMargin(library, psoas.name, 0.1)
    setMember(library, 'anna', 'administrator')
    expect(() => setMargin({ ...library, user: 'bert' }, 'liver', 0.5)).toThrow('bert may not change how far')
    expect(libraryMargins(library)).toEqual({ psoas: 0.1 })
  })
})
