import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobRow } from '../../../src/shared/jobs'
import { LibraryPlace } from '../../../src/main/jobs/libraryPlace'
import { chosenLibrary } from '../../../src/main/jobs/libraryPath'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, listCases } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { setMember } from '../../../src/main/library/members'
import { newCase } from '../library/samples'
import { temporaryFolder } from '../../temporaryFolder'

let folder: string
let configFolder: string
let library: Library
let jobs: JobRow[]
const restart = vi.fn<(path: string, trouble?: string) => void>()

function placeOf(user = library): LibraryPlace {
  const open = { library: user, listJobs: () => jobs, close: () => library.close() }
  return new LibraryPlace(open, { restart, told: () => undefined, configFolder })
}

beforeEach(async () => {
  folder = temporaryFolder()
  configFolder = join(folder, 'config')
  library = openLibrary(join(folder, 'library'), { user: 'anna' })
  await addCase(library, newCase())
  jobs = []
  restart.mockClear()
})

describe('another library', () => {
  it('is opened by a new start, which is remembered; an empty folder becomes one', async () => {
    const other = join(folder, 'other')
    await placeOf().use(other)
    expect(restart.mock.calls).toEqual([[other, undefined]])
    expect(chosenLibrary(configFolder)).toBe(other)
    // The one that was open is free.
    openLibrary(library.root).close()
  })

  it('is opened also where that cannot be remembered, and the user is told', async () => {
    writeFileSync(configFolder, 'no folder')
    const other = join(folder, 'other')
    await placeOf().use(other)
    expect(restart).toHaveBeenCalledWith(other, expect.stringContaining('will not find'))
  })

  it('is none that holds other things, and waits for jobs', async () => {
    mkdirSync(join(folder, 'papers'))
    writeFileSync(join(folder, 'papers', 'letter.txt'), '')
    await expect(placeOf().use(join(folder, 'papers'))).rejects.toThrow('holds no library, and other things')
    jobs = [{ title: 'Learn', finishedAt: null } as JobRow]
    await expect(placeOf().use(join(folder, 'other'))).rejects.toThrow('a job is under way: Learn')
    expect(restart).not.toHaveBeenCalled()
    expect(listCases(library)).toHaveLength(1)
  })
})

describe('the move of a library', () => {
  it('takes all along, and starts anew where it is now', async () => {
    const root = library.root
    const target = join(folder, 'größere Platte', 'library')
    await placeOf().move(target)
    expect(restart.mock.calls).toEqual([[target, undefined]])
    expect(chosenLibrary(configFolder)).toBe(target)
    expect(existsSync(root)).toBe(false)
    const moved = openLibrary(target, { user: 'anna' })
    expect(listCases(moved)).toHaveLength(1)
    expect(listAudit(moved)[0]).toMatchObject({ action: 'move', outcome: `to ${target}` })
    moved.close()
  })

  it('does not begin where there is no room, or the user may not', async () => {
    await expect(placeOf().move(folder)).rejects.toThrow('is not empty')
    await expect(placeOf().move(join(library.root, 'in'))).rejects.toThrow('lies in the library itself')
    setMember(library, 'anna', 'administrator')
    const target = join(folder, 'new')
    await expect(placeOf({ ...library, user: 'bert' }).move(target)).rejects.toThrow('administrator')
    expect(restart).not.toHaveBeenCalled()
    expect(listCases(library)).toHaveLength(1)
  })

  it('starts anew where the library was if it fails, and says why', async () => {
    writeFileSync(join(folder, 'file'), '')
    await placeOf().move(join(folder, 'file', 'below'))
    expect(restart).toHaveBeenCalledOnce()
    const [path, trouble] = restart.mock.calls[0]
    expect(path).toBe(library.root)
    expect(trouble).toMatch(/^The library was not moved: .*file/)
    expect(chosenLibrary(configFolder)).toBeNull()
    const still = openLibrary(library.root)
    expect(listCases(still)).toHaveLength(1)
    still.close()
  })
})
