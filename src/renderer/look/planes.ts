import type { Plane } from '../editor/brush'

export const planeOptions: readonly { value: Plane; text: string; testid: string }[] = [
  { value: 'axial', text: 'Axial', testid: 'beside-axial' },
  { value: 'coronal', text: 'Coronal', testid: 'beside-coronal' },
  { value: 'sagittal', text: 'Sagittal', testid: 'beside-sagittal' },
]
