/** Ranges of HU that tissues have on a contrast CT, for tools that stay within one. */
export const huPresets = [
  { id: 'soft', title: 'Soft tissue', range: [-20, 200] },
  { id: 'contrast', title: 'Contrast, vessels', range: [120, 500] },
  { id: 'fluid', title: 'Fluid', range: [-15, 25] },
  { id: 'fat', title: 'Fat', range: [-130, -50] },
  { id: 'bone', title: 'Bone', range: [250, 2000] },
  { id: 'air', title: 'Air', range: [-1100, -400] },
] as const

export type HuPresetId = (typeof huPresets)[number]['id']

export function presetOfRange([low, high]: readonly [number, number]): HuPresetId | null {
  return huPresets.find(({ range }) => range[0] === low && range[1] === high)?.id ?? null
}
