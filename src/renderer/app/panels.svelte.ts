/** Widths of the panels beside the images, rem; null where the window's own width for its size is good. */
export class Panels {
  structures = $state<number | null>(null)
  history = $state<number | null>(null)
}

/** Between what a panel needs and what it leaves for the images. */
export const panelLimits = { structures: { min: 16, max: 40 }, history: { min: 13, max: 32 } } as const
export type PanelId = keyof typeof panelLimits

export function panelWidth(panel: PanelId, rem: number): number {
  const { min, max } = panelLimits[panel]
  return Math.round(4 * Math.min(max, Math.max(min, rem))) / 4
}
