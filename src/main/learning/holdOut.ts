import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import type { Volume } from '../imaging/volume'
import type { CaseSource, HoldOutCases } from './trainingData'

/** A frozen list of cases that no version of a model is ever trained on, so that its scores can be compared. */
export const HoldOut = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  /** How the cases were chosen. */
  chosen: v.optional(v.string()),
  cases: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
})
export type HoldOut = v.InferOutput<typeof HoldOut>

/**
 * Reads a hold-out list: JSON as `HoldOut`, or text with one case id a line.
 * @throws EmendError where it cannot be read or names no case.
 */
export async function readHoldOut(path: string): Promise<HoldOut> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new EmendError(`the hold-out list ${path} cannot be read: ${oneLine(error)}`)
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  let value: unknown = { name: path, cases: lines.filter((line) => line !== '') }
  if (text.trimStart().startsWith('{')) {
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw new EmendError(`the hold-out list ${path} is not JSON: ${oneLine(error)}`)
    }
  }
  const result = v.safeParse(HoldOut, value)
  if (!result.success) throw new EmendError(`the hold-out list ${path} is not valid: ${result.issues[0].message}`)
  return result.output
}

/**
 * Takes the held-out cases out of a data set.
 * @throws EmendError where the list names a case that the data set lacks: scores on fewer cases compare with nothing.
 */
export function splitHoldOut(
  cases: readonly CaseSource[],
  list: HoldOut,
): { training: CaseSource[]; holdOut: HoldOutCases } {
  const held = new Set(list.cases)
  const known = new Set(cases.map((c) => c.id))
  const missing = list.cases.filter((id) => !known.has(id))
  if (missing.length > 0) {
    throw new EmendError(`${missing.length} of the hold-out's cases are not in the data set: ${missing[0]}`, {
      hint: `the list ${list.name} is frozen: every score needs all of its cases`,
    })
  }
  return {
    training: cases.filter((c) => !held.has(c.id)),
    holdOut: { name: list.name, cases: cases.filter((c) => held.has(c.id)) },
  }
}

/**
 * Whether a case belongs to the hold-out of a library that keeps `share` of its cases for it. It depends on the id
 * alone: the same case is always held out, whenever it comes and whatever else is there.
 */
export function isHeldOut(id: string, share: number): boolean {
  const digest = createHash('sha256').update(`hold-out:${id}`).digest()
  return digest.readUInt32LE(0) < share * 2 ** 32
}

/** What identifies an image whatever its file is called: its voxels. */
export function contentOf(image: Volume): string {
  const { buffer, byteOffset, byteLength } = image.data
  return createHash('sha256')
    .update(image.dims.join('x'))
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
}

/** A case by its id and by what it shows. */
export interface Identity {
  readonly id: string
  readonly content: string
}

/** @throws EmendError where a case of the hold-out, or the same image under another name, is to be trained on. */
export function requireNoLeak(training: readonly Identity[], holdOut: readonly Identity[]): void {
  const ids = new Set(holdOut.map((c) => c.id))
  const contents = new Map(holdOut.map((c) => [c.content, c.id]))
  for (const { id, content } of training) {
    if (ids.has(id)) {
      throw new EmendError(`the case ${id} is in the hold-out and must not be trained on`, {
        hint: 'take it out of the training cases',
      })
    }
    const twin = contents.get(content)
    if (twin !== undefined) {
      throw new EmendError(`the case ${id} shows the same image as ${twin}, which is in the hold-out`, {
        hint: 'take it out of the training cases',
      })
    }
  }
}
