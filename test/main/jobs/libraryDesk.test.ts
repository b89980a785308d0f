import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JobProcess } from '../../../src/main/jobs/launcher'
import { LibraryDesk } from '../../../src/main/jobs/libraryDesk'
import { JobRunner } from '../../../src/main/jobs/runner'
import { addCase } from '../../../src/main/library/cases'
import { setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase } from '../library/samples'

/** A job process that never answers: here jobs are begun, and no more. */
const silent: JobProcess = {
  send: () => undefined,
  onMessage: () => undefined,
  onExit: () => undefined,
  kill: () => undefined,
}

describe('the library as a whole', () => {
  it('tells what it takes, and starts its jobs under names that tell of no patient', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    const runner = new JobRunner(
      library,
      { job: () => undefined, changed: () => undefined },
      { launch: () => silent, devices: () => new Promise(() => undefined) },
    )
    const desk = new LibraryDesk(library, runner)
    await addCase(library, newCase())
    const state = await desk.state()
    expect(state).toMatchObject({ folder: library.root, check: null, backup: null })
    expect(state.storage.images).toBeGreaterThan(100)
    expect(state.free).toBeGreaterThan(0)

    const folder = join(temporaryFolder(), 'Miller John')
    await expect(desk.importSet(folder, false)).rejects.toThrow('Miller John is not a data set')
    for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'dataset.json'), '{}')
    expect((await desk.importSet(folder, false)).title).toBe('Import the data set Miller John')
    await setAlwaysDeidentifies(library, true)
    expect((await desk.importSet(folder, true)).title).toBe('Import a data set without identity')
  })
})
