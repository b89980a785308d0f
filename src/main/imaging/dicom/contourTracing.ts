export type Corner = readonly [column: number, row: number]

/** A closed polygon in pixel coordinates (centres are integers); the first corner is not repeated at the end. */
export type Loop = readonly Corner[]

/** Pixels from `left` and `top` to `right` and `bottom`, these included. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** For each label that a slice holds, the smallest box around it. */
export function boxesOf(labels: Uint8Array, columns: number): Map<number, PixelBox> {
  const boxes = new Map<number, { left: number; top: number; right: number; bottom: number }>()
  for (let n = 0; n < labels.length; n++) {
    if (labels[n] === 0) continue
    const column = n % columns
    const row = (n - column) / columns
    const box = boxes.get(labels[n])
    if (!box) boxes.set(labels[n], { left: column, top: row, right: column, bottom: row })
    else {
      box.bottom = row
      if (column < box.left) box.left = column
      if (column > box.right) box.right = column
    }
  }
  return boxes
}

/**
 * The outlines of one label on a slice by marching squares at half height (Lorensen & Cline 1987, in the plane):
 * corners lie midway between a pixel centre inside and its neighbour outside, so that filling the outlines by pixel
 * centres gives the mask back exactly. Pixels that touch only at a corner are joined. Outer outlines have a positive
 * area (`areaOf`), those of holes a negative one; no two of them touch.
 * @param box that holds all pixels of the label
 */
export function traceLoops(labels: Uint8Array, columns: number, id: number, box: PixelBox): Loop[] {
  const [boxColumns, boxRows] = [box.right - box.left + 1, box.bottom - box.top + 1]
  // One pixel of outside on every side.
  const stride = boxColumns + 2
  const pixels = new Uint8Array(stride * (boxRows + 2))
  for (let row = 0; row < boxRows; row++) {
    for (let column = 0; column < boxColumns; column++) {
      const label = labels[box.left + column + columns * (box.top + row)]
      if (label === id) pixels[column + 1 + stride * (row + 1)] = 1
    }
  }
  const width = boxColumns + 1
  /** Which corners of a cell, that is of the square of four neighbouring pixel centres, are inside. */
  const cornersOf = (cell: number): number => {
    const at = (cell % width) + stride * Math.floor(cell / width)
    return pixels[at] | (pixels[at + 1] << 1) | (pixels[at + stride + 1] << 2) | (pixels[at + stride] << 3)
  }
  const steps = [-width, 1, width, -1]
  // One bit for each side of a cell that an outline was followed in by.
  const entered = new Uint8Array(width * (boxRows + 1))
  const loops: Loop[] = []
  for (let start = 0; start < entered.length; start++) {
    for (const [entry] of exits[cornersOf(start)]) {
      if (entered[start] & (1 << entry)) continue
      const loop: Corner[] = []
      let cell = start
      let side = entry
      while (!(entered[cell] & (1 << side))) {
        entered[cell] |= 1 << side
        const [x, y] = middles[side]
        loop.push([box.left + (cell % width) - 1 + x, box.top + Math.floor(cell / width) - 1 + y])
        const from = side
        const exit = exits[cornersOf(cell)].find(([into]) => into === from)?.[1] ?? 0
        cell += steps[exit]
        side = (exit + 2) % 4
      }
      loops.push(withoutStraight(loop))
    }
  }
  return loops
}

/** Sides of a cell: 0 above, 1 right, 2 below, 3 left; the outline crosses a side in its middle. */
const middles = [
  [0.5, 0],
  [1, 0.5],
  [0.5, 1],
  [0, 0.5],
] as const

/**
 * For each of the 16 cells (bits: corner above left, above right, below right, below left): the side by which the
 * outline comes in and that by which it goes out, the inside on its right as seen with rows running down.
 */
const exits: readonly (readonly (readonly [entry: number, exit: number])[])[] = Array.from(
  { length: 16 },
  (_, cell) => {
    const corner = (n: number): boolean => ((cell >> (n % 4)) & 1) === 1
    // Side s runs from corner s to corner s + 1. With the inside on the right, one comes in where the first of them is
    // inside and the second is not, and leaves where it is the other way round.
    const entries = [0, 1, 2, 3].filter((side) => corner(side) && !corner(side + 1))
    const leaves = [0, 1, 2, 3].filter((side) => !corner(side) && corner(side + 1))
    if (entries.length < 2) return entries.map((entry) => [entry, leaves[0]] as const)
    // Two corners opposite one another: joined, so each outline cuts off a corner that is outside.
    return entries.map((entry) => [entry, (entry + 1) % 4] as const)
  },
)

/** Without corners on the straight line between their neighbours. */
function withoutStraight(loop: Loop): Loop {
  return loop.filter(([x, y], n) => {
    const [x0, y0] = loop[(n + loop.length - 1) % loop.length]
    const [x1, y1] = loop[(n + 1) % loop.length]
    return (x - x0) * (y1 - y) !== (y - y0) * (x1 - x)
  })
}

/** By the shoelace formula, in pixels; its sign tells the direction. */
export function areaOf(loop: Loop): number {
  let twice = 0
  loop.forEach(([x, y], n) => {
    const [x1, y1] = loop[(n + 1) % loop.length]
    twice += x * y1 - x1 * y
  })
  return twice / 2
}

/**
 * Outlines without holes: each hole becomes part of the outline around it, by a channel without width that goes there
 * and back (the keyhole of PS3.3 C.8.8.6.3). Every reader fills these alike, be it by the even-odd rule, by winding
 * number or polygon by polygon. Channels run midway between two rows, so no pixel centre lies on one.
 * @param loops as `traceLoops` gives them
 */
export function keyholed(loops: readonly Loop[]): Loop[] {
  const outlines = loops.filter((loop) => areaOf(loop) > 0)
  const holes = loops.filter((loop) => areaOf(loop) <= 0).map(fromTop)
  // From the top down and from the left: what lies left of a hole's first corner is then merged already.
  holes.sort(([a], [b]) => a[1] - b[1] || a[0] - b[0])
  for (const hole of holes) {
    const [x, y] = hole[0]
    let nearest: { outline: number; edge: number; x: number } | undefined
    outlines.forEach((outline, n) =>
      outline.forEach(([x0, y0], edge) => {
        const [x1, y1] = outline[(edge + 1) % outline.length]
        if (y0 > y === y1 > y) return
        const crossing = x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)
        if (crossing < x && (!nearest || crossing > nearest.x)) nearest = { outline: n, edge, x: crossing }
      }),
    )
    if (!nearest) throw new RangeError('a hole lies in no outline')
    const { outline, edge, x: end } = nearest
    const around = outlines[outline]
    const channel: Corner = [end, y]
    const merged = [...around.slice(0, edge + 1), channel, ...hole, hole[0], channel, ...around.slice(edge + 1)]
    outlines[outline] = merged.filter((corner, n) => n === 0 || !samePlace(corner, merged[n - 1]))
  }
  return outlines
}

/** The same loop from its topmost corner on, the leftmost of those. */
function fromTop(loop: Loop): Loop {
  let top = 0
  loop.forEach(([x, y], n) => {
    if (y < loop[top][1] || (y === loop[top][1] && x < loop[top][0])) top = n
  })
  return [...loop.slice(top), ...loop.slice(0, top)]
}

const samePlace = (a: Corner, b: Corner): boolean => a[0] === b[0] && a[1] === b[1]
