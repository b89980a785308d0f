/** The HU range shown from black to white, as radiologists say it. */
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

/** [black, white] in HU. */
export function windowRange({ level, width }: Window): readonly [number, number] {
  return [level - width / 2, level + width / 2]
}

/** A drag: to the right widens, downwards raises the level; faster where the window is wide. */
export function dragWindow(window: Window, dx: number, dy: number): Window {
  const gain = Math.max(0.4, window.width / 400)
  const width = Math.min(4000, Math.max(2, window.width + dx * gain))
  const level = Math.min(3000, Math.max(-1200, window.level + dy * gain))
  return { level: Math.round(level), width: Math.round(width) }
}

/** The preset that a window is, if it is one. */
export function presetOf(window: Window, among: readonly WindowPreset[] = windowPresets): WindowPreset | null {
  return among.find((p) => p.level === window.level && p.width === window.width) ?? null
}
