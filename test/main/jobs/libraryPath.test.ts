import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { chosenLibrary, chooseLibrary, libraryPath, withLibrary } from '../../../src/main/jobs/libraryPath'
import { temporaryFolder } from '../../temporaryFolder'

it('a library is taken from the switch, else the environment, else what the user chose, else the home folder', () => {
  expect(libraryPath(['.', '--library', '/a'], { EMEND_LIBRARY: '/b' }, '/c')).toBe(resolve('/a'))
  expect(libraryPath(['.', '--library=/a'], { EMEND_LIBRARY: '/b' }, '/c')).toBe(resolve('/a'))
  expect(libraryPath(['.'], { EMEND_LIBRARY: '/b' }, '/c')).toBe(resolve('/b'))
  expect(libraryPath(['.'], {}, '/c')).toBe(resolve('/c'))
  expect(libraryPath(['.'], {}, null)).toBe(join(homedir(), 'Emend'))
})

it('what the user chose is remembered, and a damaged note of it counts as none', async () => {
  const folder = join(temporaryFolder(), 'emend')
  expect(chosenLibrary(folder)).toBeNull()
  await chooseLibrary('/data/größer', folder)
  expect(chosenLibrary(folder)).toBe('/data/größer')
  for (const text of ['{', 'null', '{"library":7}']) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'library.json'), text)
    expect(chosenLibrary(folder)).toBeNull()
  }
})

it('a start with another library keeps all other arguments', () => {
  expect(withLibrary(['.', '--library', '/a', '--no-sandbox'], '/b')).toEqual(['.', '--no-sandbox', '--library=/b'])
  expect(withLibrary(['--library=/a'], '/b')).toEqual(['--library=/b'])
})
