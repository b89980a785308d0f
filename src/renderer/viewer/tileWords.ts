import type { View } from './layouts'

export const viewTitles: Readonly<Record<View, string>> = {
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
  '3d': '3-D',
}

/** The patient's directions at each edge, as radiologists look: the patient's right on the left, the nose to the left. */
export const tileLetters: Readonly<Record<View, { left: string; right: string; top: string; bottom: string } | null>> =
  {
    axial: { left: 'R', right: 'L', top: 'A', bottom: 'P' },
    coronal: { left: 'R', right: 'L', top: 'S', bottom: 'I' },
    sagittal: { left: 'A', right: 'P', top: 'S', bottom: 'I' },
    '3d': null,
  }
