import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserSettingsFile } from '../../../src/main/jobs/userSettingsFile'
import { noUserSettings } from '../../../src/shared/userSettings'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'emend-settings-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it('has nothing at first, then what was written last, in a folder made for it', async () => {
  const file = new UserSettingsFile(join(folder, 'config'))
  expect(await file.read()).toEqual({ settings: noUserSettings, faults: [] })
  const writes = [0.2, 0.4, 0.6].map((maskOpacity) => file.write({ ...noUserSettings, look: { maskOpacity } }))
  await Promise.all(writes)
  expect(await new UserSettingsFile(join(folder, 'config')).read()).toEqual({
    settings: { ...noUserSettings, look: { maskOpacity: 0.6 } },
    faults: [],
  })
  expect(readdirSync(join(folder, 'config'))).toEqual(['settings.json'])
})

it('sets a damaged file aside and says so', async () => {
  const file = new UserSettingsFile(folder)
  writeFileSync(file.path, '{ "keys": ')
  const { settings, faults } = await file.read()
  expect(settings).toEqual(noUserSettings)
  expect(faults).toHaveLength(1)
  expect(readFileSync(`${file.path}.aside`, 'utf8')).toBe('{ "keys": ')
})
