import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { libraryPath } from '../../../src/main/jobs/libraryPath'

it('a library is taken from the switch, else the environment, else the home folder', () => {
  expect(libraryPath(['.', '--library', '/a'], { EMEND_LIBRARY: '/b' })).toBe(resolve('/a'))
  expect(libraryPath(['.', '--library=/a'], { EMEND_LIBRARY: '/b' })).toBe(resolve('/a'))
  expect(libraryPath(['.'], { EMEND_LIBRARY: '/b' })).toBe(resolve('/b'))
  expect(libraryPath(['.'], {})).toBe(join(homedir(), 'Emend'))
})
