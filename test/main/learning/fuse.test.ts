import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuseLabels } from '../../../src/main/learning/fuse'
import { NOT_ANNOTATED, type LabelSchema } from '../../../src/shared/labels/schema'
import { reviewStatuses, type Statuses } from '../../../src/shared/labels/status'

const code = { value: '1', scheme: 'SCT', meaning: 'x' }
const structure = (id: number, name: string, kind: 'organ' | 'lesion') => ({
  id,
  name,
  title: name,
  kind,
  color: '#000000',
  category: code,
  type: code,
  nsdToleranceMm: 1,
  scoredWithinReference: false,
})
const schema: LabelSchema = {
  name: 'three',
  title: 'Three structures',
  structures: [structure(1, 'liver', 'organ'), structure(2, 'spleen', 'organ'), structure(9, 'lesion', 'lesion')],
}
const fuse = (verified: number[], statuses: Statuses, ...pseudo: number[][]): number[] => [
  ...fuseLabels({
    schema,
    verified: Uint8Array.from(verified),
    statuses,
    pseudo: pseudo.map((p) => Uint8Array.from(p)),
  }),
]

describe('label fusion', () => {
  it('puts verified structures over pseudo-labels', () => {
    expect(fuse([1, 1, 0], { liver: 'corrected' }, [2, 1, 2])).toEqual([1, 1, 2])
  })

  it('does not read structures of the verified map that nobody verified', () => {
    expect(fuse([2, 2, 1], { liver: 'accepted', spleen: 'unreviewed' }, [0, 2, 0])).toEqual([0, 2, 1])
  })

  it('takes the next opinion where a pseudo-label claims a verified structure, else leaves the voxel open', () => {
    expect(fuse([0, 0], { liver: 'accepted' }, [1, 1], [2, 1])).toEqual([2, NOT_ANNOTATED])
  })

  it('leaves ties of the vote open', () => {
    expect(fuse([0, 0, 0], {}, [1, 1, 0], [2, 1, 2])).toEqual([NOT_ANNOTATED, 1, NOT_ANNOTATED])
  })

  it('lays a lesion over the organ that more maps saw', () => {
    expect(fuse([0], {}, [9], [9], [1])).toEqual([9])
    expect(fuse([0], {}, [9], [1], [1])).toEqual([1])
  })

  it('lays lesions over verified organs only where those were drawn with them, and nobody verified the lesions', () => {
    const over = (statuses: Statuses): number[] => [
      ...fuseLabels({
        schema,
        verified: Uint8Array.of(1, 1, 1),
        statuses,
        pseudo: [Uint8Array.of(9, 2, 1)],
        lesionsOverOrgans: true,
      }),
    ]
    expect(over({ liver: 'accepted' })).toEqual([9, 1, 1])
    expect(over({ liver: 'accepted', lesion: 'absent' })).toEqual([1, 1, 1])
    expect(over({ liver: 'accepted', lesion: 'rejected' })).toEqual([1, 1, 1])
    expect(fuse([1, 1, 1], { liver: 'accepted' }, [9, 2, 1])).toEqual([1, 1, 1])
  })

  it('keeps an absent structure out although every map shows it', () => {
    expect(fuse([9, 0], { lesion: 'absent' }, [9, 9])).toEqual([NOT_ANNOTATED, NOT_ANNOTATED])
  })

  it('calls the rest background once all structures are verified', () => {
    expect(fuse([1, 0, 9], { liver: 'accepted', spleen: 'absent', lesion: 'corrected' }, [2, 1, 1])).toEqual([1, 0, 9])
  })

  it('leaves everything unverified open without pseudo-labels', () => {
    expect(fuse([1, 0], { liver: 'accepted' })).toEqual([1, NOT_ANNOTATED])
  })

  it('does not believe labels that a reader rejected', () => {
    expect(fuse([0, 0], { spleen: 'rejected' }, [2, 2], [1, 2])).toEqual([1, NOT_ANNOTATED])
  })

  it('refuses maps of different size', () => {
    expect(() => fuse([1, 0], {}, [1])).toThrow(RangeError)
  })

  const map = fc.array(fc.constantFrom(0, 1, 2, 9, NOT_ANNOTATED), { minLength: 40, maxLength: 40 })
  const statuses = fc.record({
    liver: fc.constantFrom(...reviewStatuses),
    spleen: fc.constantFrom(...reviewStatuses),
    lesion: fc.constantFrom(...reviewStatuses),
  })
  const ids = { liver: 1, spleen: 2, lesion: 9 } as const
  const names = ['liver', 'spleen', 'lesion'] as const

  it('has each verified structure exactly where it was verified, and absent ones nowhere', () => {
    fc.assert(
      fc.property(map, statuses, fc.array(map, { maxLength: 4 }), (verified, reviewed, pseudo) => {
        const fused = fuse(verified, reviewed, ...pseudo)
        for (const name of names) {
          if (reviewed[name] === 'absent') expect(fused).not.toContain(ids[name])
          if (reviewed[name] !== 'accepted' && reviewed[name] !== 'corrected') continue
          expect(fused.map((id) => id === ids[name])).toEqual(verified.map((id) => id === ids[name]))
        }
      }),
    )
  })

  it('changes nothing when done again, from either side', () => {
    fc.assert(
      fc.property(map, statuses, fc.array(map, { minLength: 1, maxLength: 4 }), (verified, reviewed, pseudo) => {
        const fused = fuse(verified, reviewed, ...pseudo)
        expect(fuse(fused, reviewed, ...pseudo)).toEqual(fused)
        expect(fuse(verified, reviewed, fused)).toEqual(fused)
      }),
    )
  })

  it('does not depend on the order of the pseudo-labels', () => {
    fc.assert(
      fc.property(map, statuses, fc.array(map, { maxLength: 4 }), (verified, reviewed, pseudo) => {
        expect(fuse(verified, reviewed, ...pseudo.toReversed())).toEqual(fuse(verified, reviewed, ...pseudo))
      }),
    )
  })
})
