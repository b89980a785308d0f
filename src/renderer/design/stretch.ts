/** Which rows of a long list are in the page: those in sight and some beyond, so that scrolling finds them drawn. */
export interface Stretch {
  readonly from: number
  /** Past the last. */
  readonly to: number
}

/**
 * @param top how far the list is scrolled, px; `height` of its frame and `row` of each row likewise
 * @param beyond rows that are drawn before and after those in sight
 */
export function stretchInSight(count: number, top: number, height: number, row: number, beyond = 8): Stretch {
  const from = Math.max(0, Math.min(count, Math.floor(top / row)) - beyond)
  return { from, to: Math.min(count, Math.ceil((top + height) / row) + beyond) }
}
