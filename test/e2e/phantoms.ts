import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { inject } from 'vitest'
import { makePhantom, type Phantom, type PhantomOptions } from '../../src/main/phantom/phantom'

/** Two bodies that do for nearly every test of the window. */
const bodies = {
  fine: { seed: 79, spacing: [2.5, 2.5, 5] },
  coarse: { seed: 83, spacing: [3, 3, 5] },
} as const satisfies Record<string, PhantomOptions>

export type Body = keyof typeof bodies

/** A phantom, drawn once for all files of a run: drawing one takes seconds. */
export function phantomOf(body: Body): Phantom {
  const path = join(inject('phantoms'), body)
  if (!existsSync(path)) writeFileSync(path, serialize(makePhantom(bodies[body])))
  const { image, labels, phase } = deserialize(readFileSync(path)) as Phantom
  // What was read shares the file's memory.
  return { image: { ...image, data: image.data.slice() }, labels: { ...labels, data: labels.data.slice() }, phase }
}
