/** The range of values, HU of a CT, shown from black to white, as radiologists say it. */
export interface Window {
  readonly level: number
  readonly width: number
}

export interface WindowPreset extends Window {
  readonly id: string
  readonly title: string
}

export const windowPresets: readonly WindowPreset[] = [
  { id: 'abdomen', title: 'Abdomen', level: 50, width: 400 },
  { id: 'liver', title: 'Liver', level: 80, width: 160 },
  { id: 'lung', title: 'Lung', level: -600, width: 1500 },
  { id: 'bone', title: 'Bone', level: 400, width: 1800 },
  { id: 'soft-tissue', title: 'Soft tissue', level: 40, width: 350 },
]

export const defaultWindow: Window = windowPresets[0]

/** [black, white] */
export function windowRange({ level, width }: Window): readonly [number, number] {
  return [level - width / 2, level + width / 2]
}

/** How far a window may be dragged. */
export interface WindowLimits {
  readonly level: readonly [lowest: number, highest: number]
  readonly width: number
}

const huLimits: WindowLimits = { level: [-1200, 3000], width: 4000 }
/** Where values are no HU, wherever 16 bits may lie. */
export const imageLimits: WindowLimits = { level: [-32768, 32767], width: 65536 }

/** So many voxels tell the range of all. */
const SAMPLES = 100_000
/** Of them so many at either end are left out. */
const TAILS = 0.005

/** The window that shows nearly all values of an image, or of a slice. */
export function wholeRange(values: Int16Array): Window {
  const step = Math.max(1, Math.floor(values.length / SAMPLES))
  const sorted = Int16Array.from({ length: Math.ceil(values.length / step) }, (_, n) => values[n * step]).sort()
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = [at(TAILS), at(1 - TAILS)]
  return { level: Math.round((low + high) / 2), width: Math.max(2, high - low) }
}

/** The window that a picture of an image, or of a slice of it, is drawn in. @param modality as DICOM has it */
export function pictureWindow(modality: string, values: Int16Array): Window {
  return modality === 'CT' ? defaultWindow : wholeRange(values)
}

/** A drag: to the right widens, downwards raises the level; faster where the window is wide. */
export function dragWindow(window: Window, dx: number, dy: number, limits = huLimits): Window {
  const gain = Math.max(0.4, window.width / 400)
  const [lowest, highest] = limits.level
  const width = Math.min(limits.width, Math.max(2, window.width + dx * gain))
  const level = Math.min(highest, Math.max(lowest, window.level + dy * gain))
  return { level: Math.round(level), width: Math.round(width) }
}

/** The preset that a window is, if it is one. */
export function presetOf(window: Window, among: readonly WindowPreset[] = windowPresets): WindowPreset | null {
  return among.find((p) => p.level === window.level && p.width === window.width) ?? null
}
