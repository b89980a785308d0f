import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { entriesOf, looksLikeZip } from '../../../../src/main/imaging/import/archive'
import { EmendError } from '../../../../src/shared/errors'

const files = fc.dictionary(
  fc.stringMatching(/^[a-zäöü0-9]{1,12}(\/[a-z0-9]{1,8}){0,2}\.dcm$/),
  fc.uint8Array({ minLength: 1, maxLength: 3000 }),
  { maxKeys: 8 },
)

describe('entriesOf', () => {
  it('finds and unpacks what another program packed, stored or deflated', () => {
    fc.assert(
      fc.property(files, fc.constantFrom<0 | 6>(0, 6), fc.nat({ max: 200 }), (content, level, length) => {
        const archive = zipSync(content, { level })
        expect(looksLikeZip(archive)).toBe(true)
        const entries = entriesOf(archive, 'a.zip')
        expect(entries.map(({ name }) => name)).toEqual(Object.keys(content).sort())
        for (const { name, read, start } of entries) {
          expect(Buffer.from(read()).equals(Buffer.from(content[name]))).toBe(true)
          const first = start(length)
          expect(first.length).toBeGreaterThanOrEqual(Math.min(length, content[name].length))
          expect(Buffer.from(first).equals(Buffer.from(content[name].subarray(0, first.length)))).toBe(true)
        }
      }),
    )
  })

  it('answers any damage with an EmendError or some content of the right size', () => {
    const archive = zipSync({ 'a/1.dcm': new Uint8Array(900).fill(7), 'b.txt': strToU8('hello '.repeat(40)) })
    const hits = fc.array(fc.tuple(fc.nat({ max: archive.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }) // prettier-ignore
    fc.assert(
      fc.property(hits, fc.nat({ max: archive.length }), (changes, length) => {
        const damaged = archive.slice(0, length || undefined)
        for (const [at, value] of changes) damaged[at] = value
        try {
          for (const { read, size } of entriesOf(damaged, 'a.zip')) expect(read()).toHaveLength(size)
        } catch (error) {
          expect(error).toBeInstanceOf(EmendError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('shows names in one line of a bounded length, whatever a damaged directory takes for one', () => {
    const archive = zipSync({ 'a\r\n\x1b[2Jb.dcm': strToU8('image'), [`c/${'long'.repeat(9000)}`]: strToU8('image') })
    const [first, second] = entriesOf(archive, 'a.zip')
    expect(first.name).toBe('a [2Jb.dcm')
    expect(second.name).toMatch(/^c\/(long)+lo\.\.\.$/)
    expect(second.name.length).toBeLessThan(1100)
    expect(Buffer.from(second.read()).toString()).toBe('image')
  })

  it('does not inflate a bomb beyond the size that it admits', () => {
    const archive = zipSync({ 'bomb.dcm': new Uint8Array(1 << 24) })
    const directory = Buffer.from(archive).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    new DataView(archive.buffer).setUint32(directory + 24, 1000, true)
    expect(() => entriesOf(archive, 'a.zip')[0].read()).toThrow(/a\.zip\/bomb\.dcm cannot be unpacked/)
  })
})
