import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'

/** Where the window lies on the desktop, and how large it is; device-independent pixels. */
const WindowFrame = v.strictObject({
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  maximised: v.boolean(),
})
export type WindowFrame = v.InferOutput<typeof WindowFrame>

type Rectangle = Pick<WindowFrame, 'x' | 'y' | 'width' | 'height'>

/** The frame that was kept; null where there is none that can be used. */
export function readFrame(path: string): WindowFrame | null {
  try {
    return v.parse(WindowFrame, JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

/** Keeps a frame for the next start. The window is closing, so nothing may be waited for; a frame is worth no failure. */
export function keepFrame(path: string, frame: WindowFrame): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `${JSON.stringify(frame)}\n`)
  } catch (error) {
    console.error(`the window's place is not kept: ${String(error)}`)
  }
}

/**
 * A kept frame as far as it fits the screens that are there now: where not enough of it would be seen to take hold of,
 * its place is left to the system; it is never larger than the largest screen.
 */
export function fittedFrame(frame: WindowFrame, screens: readonly Rectangle[]): Partial<Rectangle> {
  const width = Math.min(frame.width, Math.max(...screens.map((screen) => screen.width)))
  const height = Math.min(frame.height, Math.max(...screens.map((screen) => screen.height)))
  const shared = (a: number, size: number, b: number, other: number): number =>
    Math.min(a + size, b + other) - Math.max(a, b)
  const isSeen = screens.some(
    (screen) =>
      shared(frame.x, width, screen.x, screen.width) >= 200 && shared(frame.y, height, screen.y, screen.height) >= 200,
  )
  return isSeen ? { x: frame.x, y: frame.y, width, height } : { width, height }
}
