import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { repositoryRoot } from './build'

/**
 * Draws resources/icon.png: an axial slice in the dark, body and one organ, whose outline a reader has just mended.
 * `node scripts/run.mjs scripts/drawIcon.ts`
 */

const size = 512
const png = new PNG({ width: size, height: size })

type Colour = readonly [red: number, green: number, blue: number]
const night: Colour = [14, 17, 22]
const body: Colour = [74, 82, 96]
const organ: Colour = [126, 138, 156]
const mask: Colour = [240, 148, 78]
const mended: Colour = [108, 214, 176]

/** Signed distance in pixels to an ellipse, good near its edge; negative inside. */
function ellipse(x: number, y: number, cx: number, cy: number, rx: number, ry: number): number {
  const u = (x - cx) / rx
  const v = (y - cy) / ry
  const r = Math.max(0.1, Math.hypot(u, v))
  return ((r - 1) * r) / (Math.hypot(u / rx, v / ry) + 1e-3)
}

function roundedSquare(x: number, y: number): number {
  const half = 236
  const corner = 104
  const dx = Math.abs(x - size / 2) - half + corner
  const dy = Math.abs(y - size / 2) - half + corner
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - corner
}

/** How much of a pixel a shape covers, from its signed distance. */
const cover = (distance: number): number => Math.min(1, Math.max(0, 0.5 - distance))

const mix = (under: Colour, over: Colour, amount: number): Colour =>
  under.map((value, i) => value + (over[i]! - value) * amount) as unknown as Colour

for (let y = 0; y < size; y++) {
  for (let x = 0; x < size; x++) {
    let colour = night
    colour = mix(colour, body, cover(ellipse(x, y, 256, 262, 196, 148)))
    colour = mix(colour, organ, 0.55 * cover(ellipse(x, y, 256, 356, 34, 30)))
    const liver = ellipse(x, y, 196, 240, 104, 82)
    const dent = ellipse(x, y, 292, 300, 62, 56)
    const shape = Math.max(liver, -dent)
    colour = mix(colour, mask, 0.35 * cover(shape))
    colour = mix(colour, mask, cover(Math.abs(shape) - 8))
    const onDent = Math.abs(dent) < 12 && liver < 12
    if (onDent) colour = mix(colour, mended, cover(Math.abs(dent) - 9) * cover(liver))
    const at = 4 * (x + size * y)
    png.data[at] = Math.round(colour[0])
    png.data[at + 1] = Math.round(colour[1])
    png.data[at + 2] = Math.round(colour[2])
    png.data[at + 3] = Math.round(255 * cover(roundedSquare(x, y)))
  }
}
writeFileSync(join(repositoryRoot, 'resources/icon.png'), PNG.sync.write(png))
