import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordAudit } from '../../../src/main/library/audit'
import { addCase, listCases } from '../../../src/main/library/cases'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { openLibrary, putOnRecord, type Library } from '../../../src/main/library/library'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { EmendError, oneLine } from '../../../src/shared/errors'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase, smallLabels } from './samples'

const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** A disk of two megabytes; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = join(temporaryFolder(), 'kleine Platte')
  mkdirSync(folder)
  if (process.platform !== 'linux' || !run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder)) return null
  onTestFinished(() => void run('umount', '-l', folder))
  return folder
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  return null
}

async function save(library: Library, id: string): Promise<void> {
  const parent = listCases(library).find((row) => row.id === id)?.revision ?? null
  const made = { parent, origin: 'reader', model: null, statuses: { liver: 'corrected' }, edited: ['liver'] } as const
  await addRevision(library, { caseId: id, ...made, labels: smallLabels({ 3: 1 }) })
}

describe('a disk', () => {
  it('that is full stops what is written, in one line, and nothing that was saved is lost', async ({ skip }) => {
    const disk = smallDisk()
    if (!disk) return skip()
    const root = join(disk, 'library')
    const library = openLibrary(root, { user: 'anna' })
    onTestFinished(() => library.close())
    const { id } = await addCase(library, newCase(1))
    await save(library, id)
    const ballast = join(disk, 'ballast')
    for (let size = 1 << 20; size >= 512; size >>= 1) {
      for (let n = 0; n < 3; n++) {
        try {
          writeFileSync(`${ballast}-${size}-${n}`, Buffer.alloc(size))
        } catch {
          break
        }
      }
    }
    let failed = 0
    for (let seed = 2; seed < 40; seed++) {
      const error = await failureOf(async () => {
        const added = await addCase(library, newCase(seed))
        await save(library, added.id)
        setStatus(library, added.id, 'spleen', 'absent')
      })
      if (error === null) continue
      failed += 1
      expect(error).toBeInstanceOf(EmendError)
      expect(oneLine(error)).toMatch(/the disk is full.*what was saved before is safe/)
    }
    expect(failed).toBeGreaterThan(0)
    expect((await verifyLibrary(library)).faults.filter(({ kind }) => kind !== 'left-over')).toEqual([])
    for (const name of readdirSync(disk)) if (name.startsWith('ballast')) rmSync(join(disk, name))
    // With room again, it goes on.
    const next = await addCase(library, newCase(99))
    await save(library, next.id)
    expect((await verifyLibrary(library)).faults.filter(({ kind }) => kind !== 'left-over')).toEqual([])
  })

  it('that can only be read shows a library, and says why it cannot be worked on', async ({ skip }) => {
    const disk = smallDisk()
    if (!disk) return skip()
    const root = join(disk, 'library')
    const library = openLibrary(root, { user: 'anna' })
    const { id } = await addCase(library, newCase(1))
    await save(library, id)
    library.close()
    // The same disk at another place, where nothing can be written.
    const shown = join(temporaryFolder(), 'nur lesen')
    mkdirSync(shown)
    if (!run('mount', '--bind', disk, shown) || !run('mount', '-o', 'remount,bind,ro', shown)) return skip()
    onTestFinished(() => void run('umount', '-l', shown))
    expect(() => openLibrary(join(shown, 'library'))).toThrow(/cannot be written/)
    const onlooker = openLibrary(join(shown, 'library'), { access: 'onlooker' })
    expect(listCases(onlooker).map((row) => row.id)).toEqual([id])
    expect((await verifyLibrary(onlooker)).faults).toEqual([])
    expect(putOnRecord(onlooker, (library) => recordAudit(library, 'export', null, 'statistics'))).toBe(false)
    expect(await failureOf(() => setStatus(onlooker, id, 'liver', 'accepted'))).toBeInstanceOf(EmendError)
    onlooker.close()
  })
})
