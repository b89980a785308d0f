import type { Box } from '../editor/box'
import type { Command } from '../editor/history'
import type { ColourSet } from './colours'

/** Whose eyes and hands a case is under. */
export interface Beholder {
  readonly reader: string
  readonly colours: () => ColourSet
}

/** Told of the steps once they are done: commands, or the reverse of those that were undone. */
export type StepListener = (steps: readonly Command[]) => void

/** Told of every changed box; `settled` is false while a stroke goes on. */
export type EditListener = (box: Box, settled: boolean) => void
