import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, isHeldOut, readHoldOut, requireNoLeak, splitHoldOut } from '../../../src/main/learning/holdOut'
import type { CaseSource } from '../../../src/main/learning/trainingData'
import { identityAffine } from '../../../src/shared/geometry/affine'

const source = (id: string): CaseSource => ({
  id,
  revision: null,
  annotated: null,
  load: () => Promise.reject(new Error('not read')),
})

describe('the hold-out', () => {
  it('takes exactly the listed cases out of a data set', () => {
    const { training, holdOut } = splitHoldOut(['a', 'b', 'c'].map(source), { name: 'one', cases: ['b'] })
    expect(training.map((c) => c.id)).toEqual(['a', 'c'])
    expect(holdOut.cases.map((c) => c.id)).toEqual(['b'])
  })

  it('refuses a data set that lacks a held-out case', () => {
    expect(() => splitHoldOut(['a'].map(source), { name: 'list', cases: ['b'] })).toThrow(/not in the data set: b/)
  })

  it('reads a list as lines and as JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emend-hold-out-'))
    await writeFile(join(folder, 'lines.txt'), 'a\r\n\n b \n')
    await writeFile(join(folder, 'list.json'), JSON.stringify({ name: 'two', cases: ['a', 'b'] }))
    expect((await readHoldOut(join(folder, 'lines.txt'))).cases).toEqual(['a', 'b'])
    expect(await readHoldOut(join(folder, 'list.json'))).toEqual({ name: 'two', cases: ['a', 'b'] })
    await writeFile(join(folder, 'empty.txt'), '\n')
    await expect(readHoldOut(join(folder, 'empty.txt'))).rejects.toThrow(/empty.txt/)
    await expect(readHoldOut(join(folder, 'absent.txt'))).rejects.toThrow(/absent.txt/)
  })

  it('is, for each result, a list that says how it was chosen', async () => {
    const folder = join(import.meta.dirname, '../../../resources/hold-outs')
    const lists = await Promise.all((await readdir(folder)).map((file) => readHoldOut(join(folder, file))))
    expect(lists.map(({ cases }) => cases.length).sort((a, b) => a - b)).toEqual([1, 6, 12, 40])
    for (const { chosen, cases } of lists) {
      expect(chosen).toBeTruthy()
      expect(new Set(cases).size).toBe(cases.length)
    }
  })

  it('keeps what it holds out where its share grows', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.string(), share, share, (id, one, other) => {
        if (isHeldOut(id, Math.min(one, other))) expect(isHeldOut(id, Math.max(one, other))).toBe(true)
      }),
    )
  })

  it('holds out about the share that was asked for', () => {
    const held = Array.from({ length: 2000 }, (_, n) => `case-${n}`).filter((id) => isHeldOut(id, 0.2))
    expect(held.length).toBeGreaterThan(340)
    expect(held.length).toBeLessThan(460)
  })

  it('refuses to train on a held-out case, under its own name or another', () => {
    const image = (value: number) => ({
      dims: [1, 1, 2] as const,
      affine: identityAffine,
      data: Int16Array.of(value, 2),
    })
    const held = [{ id: 'a', content: contentOf(image(1)) }]
    expect(() => requireNoLeak([{ id: 'b', content: contentOf(image(3)) }], held)).not.toThrow()
    expect(() => requireNoLeak([{ id: 'a', content: contentOf(image(3)) }], held)).toThrow(/a is in the hold-out/)
    expect(() => requireNoLeak([{ id: 'b', content: contentOf(image(1)) }], held)).toThrow(/same image as a/)
  })
})
