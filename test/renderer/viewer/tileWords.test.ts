import { describe, expect, it } from 'vitest'
import { edgeLetters, obliqueDegrees, obliqueNote } from '../../../src/renderer/viewer/tileWords'
import { identityAffine, type Affine } from '../../../src/shared/geometry/affine'

/** RAS, 0.7 x 0.7 x 5 mm, turned about the left-right axis. */
function tilted(degrees: number): Affine {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  return [
    [0.7, 0, 0, 0],
    [0, 0.7 * c, -5 * s, 0],
    [0, 0.7 * s, 5 * c, 0],
  ]
}

describe('the letters at a plane’s edges', () => {
  it('have the patient’s right on the left for radiologists, on the right for neurologists', () => {
    expect(edgeLetters('axial', identityAffine, true)).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' })
    expect(edgeLetters('axial', identityAffine, false)).toMatchObject({ left: 'L', right: 'R', top: 'A' })
    expect(edgeLetters('coronal', identityAffine, true)).toEqual({ left: 'R', right: 'L', top: 'S', bottom: 'I' })
    expect(edgeLetters('coronal', identityAffine, false)).toMatchObject({ left: 'L', right: 'R' })
  })

  it('leave the nose on the left either way', () => {
    for (const radiological of [true, false]) {
      expect(edgeLetters('sagittal', identityAffine, radiological)).toEqual({ left: 'A', right: 'P', top: 'S', bottom: 'I' }) // prettier-ignore
    }
  })

  it('name both directions where a plane leans', () => {
    expect(edgeLetters('axial', tilted(20), true)).toEqual({ left: 'R', right: 'L', top: 'AS', bottom: 'PI' })
    expect(edgeLetters('coronal', tilted(20), true)).toMatchObject({ top: 'SP', bottom: 'IA' })
    expect(edgeLetters('coronal', tilted(50), true)?.top).toBe('PS')
    expect(edgeLetters('axial', tilted(3), true)?.top).toBe('A')
  })
})

describe('what is said of an oblique image', () => {
  it('is by how much it leans, from five degrees on', () => {
    expect(obliqueDegrees(tilted(12))).toBeCloseTo(12, 6)
    expect(obliqueNote(tilted(12))).toBe('oblique 12\u00b0')
    expect(obliqueNote(tilted(4.9))).toBeNull()
    expect(obliqueNote(identityAffine)).toBeNull()
  })
})
