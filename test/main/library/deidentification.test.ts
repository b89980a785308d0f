import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { alwaysDeidentifies, hidingKey, setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import { setMember } from '../../../src/main/library/members'
import { temporaryLibrary } from './fixtures'

describe('whether imports are de-identified', () => {
  it('is for administrators to change where roles are on, and a refusal is on record', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    setMember(library, 'anna', 'administrator')
    const bert = { ...library, user: 'bert' }
    await expect(setAlwaysDeidentifies(bert, true)).rejects.toThrow('bert may not change whether imports')
    expect([await alwaysDeidentifies(library), listAudit(library)[0]]).toMatchObject([false, { who: 'bert', action: 'refused' }]) // prettier-ignore
    await setAlwaysDeidentifies(library, true)
    // As it is already: whoever changes another setting beside it changes nothing here.
    await setAlwaysDeidentifies(bert, true)
    await expect(setAlwaysDeidentifies(bert, false)).rejects.toThrow('bert may not change')
    expect(await alwaysDeidentifies(library)).toBe(true)
  })

  it('holds for what is imported without being asked, and one key hides all', async () => {
    const library = temporaryLibrary()
    expect([await hidingKey(library), await hidingKey(library, false)]).toEqual([null, null])
    const key = await hidingKey(library, true)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    await setAlwaysDeidentifies(library, true)
    expect([await hidingKey(library), await hidingKey(library, false)]).toEqual([key, null])
  })
})
