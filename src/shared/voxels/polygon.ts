/** A corner in continuous pixel coordinates; pixel centres are integers. */
export type Corner = readonly [x: number, y: number]

/**
 * Fills closed polygons: a pixel is in where its centre is inside by the even-odd rule over all of them, so that a
 * polygon within another is a hole.
 * @param mask `nx` pixels a row; set to 1 inside, left as it is outside
 */
export function fillPolygons(mask: Uint8Array, nx: number, ny: number, polygons: readonly (readonly Corner[])[]): void {
  const crossings: number[][] = Array.from({ length: ny }, () => [])
  for (const corners of polygons) {
    corners.forEach((corner, n) => {
      const next = corners[(n + 1) % corners.length]
      // From its lower end, so that it is cut at the same places whichever way round the polygon goes.
      const [[x0, y0], [x1, y1]] = corner[1] < next[1] ? [corner, next] : [next, corner]
      // An edge counts for rows in [y0, y1), so that a corner on a row is crossed once.
      for (let j = Math.max(0, Math.ceil(y0)); j < Math.min(ny, y1); j++) {
        crossings[j].push(x0 + ((j - y0) / (y1 - y0)) * (x1 - x0))
      }
    })
  }
  crossings.forEach((row, j) => {
    row.sort((a, b) => a - b)
    for (let n = 0; n + 1 < row.length; n += 2) {
      const from = Math.max(0, Math.ceil(row[n]))
      const to = Math.min(nx, Math.ceil(row[n + 1]))
      if (to > from) mask.fill(1, j * nx + from, j * nx + to)
    }
  })
}
