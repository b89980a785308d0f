import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { firstLink, listAudit } from '../../../src/main/library/audit'
import { addCase, listCases } from '../../../src/main/library/cases'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { moveLibrary } from '../../../src/main/library/move'
import { libraryPaths } from '../../../src/main/library/paths'
import type { Progress, Work } from '../../../src/shared/progress'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

async function filled(): Promise<{ library: Library; id: string }> {
  const library = temporaryLibrary()
  const { id } = await addCase(library, newCase())
  await addCase(library, newCase(2))
  return { library, id }
}

describe('move', () => {
  it('refuses a library that is open, and takes all along into an empty folder', async () => {
    const { library, id } = await filled()
    const target = join(temporaryFolder(), 'neu', 'Bücherei')
    await expect(moveLibrary(library.root, target)).rejects.toThrow('is open already')
    library.close()
    mkdirSync(target, { recursive: true })
    expect(await moveLibrary(library.root, target)).toBeNull()
    expect(existsSync(library.root)).toBe(false)
    expect(listCases(temporaryLibrary({}, target)).map((row) => row.id)).toContain(id)
  })

  it('leaves a library where it is when the place is taken', async () => {
    const { library, id } = await filled()
    const { root } = library
    library.close()
    const taken = temporaryFolder()
    writeFileSync(join(taken, 'thesis.docx'), '')
    await expect(moveLibrary(root, taken)).rejects.toThrow('is not empty')
    await expect(moveLibrary(root, join(root, 'inside'))).rejects.toThrow('lies in the library itself')
    await expect(moveLibrary(root, join(taken, 'thesis.docx', 'below'))).rejects.toThrow('thesis.docx')
    const target = join(taken, 'library')
    await moveLibrary(root, target)
    const moved = openLibrary(target)
    expect(listCases(moved).map((row) => row.id)).toContain(id)
    expect((await verifyLibrary(moved)).faults).toEqual([])
    expect(listAudit(moved).map(({ outcome }) => outcome)).toContainEqual(expect.stringMatching(/^not moved: .*thesis/))
    moved.close()
  })
})

/** Memory that Linux offers as a disk of its own. */
const OTHER_DISK = '/dev/shm'
const hasOtherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev

describe.skipIf(!hasOtherDisk)('move to another disk', () => {
  let disk: string
  let target: string
  beforeEach(() => {
    disk = mkdtempSync(join(OTHER_DISK, 'emend-move-'))
    target = join(disk, 'Bücherei')
  })
  afterEach(() => rmSync(disk, { recursive: true, force: true }))

  /** Does something the first time that a phase is reported, and stops the work with what it returns. */
  function onPhase(wanted: string, act: () => Error | null): Work {
    const controller = new AbortController()
    let seen = false
    const report = ({ phase }: Progress): void => {
      if (phase !== wanted || seen) return
      seen = true
      const reason = act()
      if (reason) controller.abort(reason)
    }
    return { signal: controller.signal, report }
  }

  it('copies all, tells where it is before the old folder goes, and leaves nothing else', async () => {
    const { library, id } = await filled()
    const { root } = library
    library.close()
    const told: [string, boolean, boolean][] = []
    const arrived = (path: string): Promise<void> =>
      Promise.resolve(void told.push([path, existsSync(libraryPaths.database(path)), existsSync(root)]))
    expect(await moveLibrary(root, target, { arrived })).toBeNull()
    expect(told).toEqual([[target, true, true]])
    expect(readdirSync(disk)).toEqual(['Bücherei'])
    expect(readdirSync(dirname(root)).filter((name) => name.startsWith(basename(root)))).toEqual([])
    const moved = temporaryLibrary({}, target)
    expect(listCases(moved).map((row) => row.id)).toContain(id)
    expect((await verifyLibrary(moved)).faults).toEqual([])
  })

  it.each(['copying', 'verifying'])(
    'that is stopped while %s leaves the library where it was, on record',
    async (phase) => {
      const { library } = await filled()
      library.close()
      const work = onPhase(phase, () => new Error('stopped'))
      await expect(moveLibrary(library.root, target, { work })).rejects.toThrow('stopped')
      expect(readdirSync(disk)).toEqual([])
      const still = temporaryLibrary({}, library.root)
      expect(listCases(still)).toHaveLength(2)
      expect(listAudit(still)[0]).toMatchObject({ action: 'move', outcome: 'not moved: stopped' })
    },
  )

  it('whose copy is not whole leaves the library where it was', async () => {
    const { library, id } = await filled()
    library.close()
    const work = onPhase('verifying', () => {
      const [copy] = readdirSync(disk)
      writeFileSync(libraryPaths.image(join(disk, copy), id), 'half')
      return null
    })
    await expect(moveLibrary(library.root, target, { work })).rejects.toThrow(/the copy in .* is not whole/)
    expect(readdirSync(disk)).toEqual([])
    expect((await verifyLibrary(temporaryLibrary({}, library.root))).faults).toEqual([])
  })

  it('goes on with the copy of a move that was killed, and not with half a file of it', async () => {
    const { library, id } = await filled()
    const { root } = library
    const [other] = listCases(library).filter((row) => row.id !== id)
    const left = `${target}.moving-${firstLink(library.database)!.slice(0, 8)}`
    library.close()
    const [whole, half] = [id, other.id].map((one) => libraryPaths.image(left, one))
    for (const path of [whole, half]) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(whole, readFileSync(libraryPaths.image(root, id)))
    writeFileSync(half, 'half')
    const strays = [join(dirname(half), '.image.nii.gz.1.tmp'), join(left, 'cases', 'purged', 'image.nii.gz')]
    for (const path of strays) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, 'half')
    }
    const { ino } = statSync(whole)
    await moveLibrary(root, target)
    expect(statSync(libraryPaths.image(target, id)).ino).toBe(ino)
    expect(readdirSync(disk)).toEqual(['Bücherei'])
    const { faults } = await verifyLibrary(temporaryLibrary({}, target), undefined, { settlingMs: 0 })
    expect(faults).toEqual([])
  })
})
