import { StructureLook } from '../../shared/labels/looks'
import { reviewStatuses } from '../../shared/labels/status'
import * as v from 'valibot'
import type { Command } from './history'

const Triple = v.strictTuple([v.number(), v.number(), v.number()])
const Status = v.picklist(reviewStatuses)

const Head = v.strictObject({
  title: v.string(),
  who: v.optional(v.string(), ''),
  at: v.optional(v.string(), ''),
  statuses: v.array(
    v.strictObject({ structure: v.string(), before: Status, after: Status, reason: v.optional(v.string()) }),
  ),
  looks: v.optional(v.array(v.strictObject({ structure: v.string(), before: StructureLook, after: StructureLook }))),
  /** Runs of the delta; null where no voxel changed. */
  runs: v.nullable(v.number()),
  box: v.nullable(v.strictObject({ min: Triple, max: Triple })),
})

/**
 * A command as bytes: the length of a JSON head (uint32), the head padded to four bytes, then the delta's starts and
 * lengths (uint32 each) and its values before and after (bytes). Little-endian, as every machine that Emend runs on.
 */
export function encodeEdit({ title, delta, statuses, looks, who, at }: Command): Uint8Array {
  const runs = delta?.starts.length ?? 0
  const head: v.InferOutput<typeof Head> = {
    title,
    who,
    at,
    statuses: statuses.map(({ structure, before, after, reason }) => {
      return { structure, before, after, ...(reason === undefined ? {} : { reason }) }
    }),
    ...(looks ? { looks: looks.map(({ structure, before, after }) => ({ structure, before, after })) } : {}),
    runs: delta ? runs : null,
    box: delta ? { min: [...delta.box.min], max: [...delta.box.max] } : null,
  }
  const text = new TextEncoder().encode(JSON.stringify(head))
  const start = 4 + 4 * Math.ceil(text.length / 4)
  const bytes = new Uint8Array(start + 10 * runs)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 4)
  if (delta) {
    bytes.set(new Uint8Array(delta.starts.buffer, delta.starts.byteOffset, 4 * runs), start)
    bytes.set(new Uint8Array(delta.lengths.buffer, delta.lengths.byteOffset, 4 * runs), start + 4 * runs)
    bytes.set(delta.before, start + 8 * runs)
    bytes.set(delta.after, start + 9 * runs)
  }
  return bytes
}

/** @throws Error where the bytes are no edit. */
export function decodeEdit(bytes: Uint8Array): Command {
  // Its own memory, so that the runs lie on four bytes.
  const own = bytes.slice()
  const length = new DataView(own.buffer).getUint32(0, true)
  const { runs, box, ...said } = v.parse(Head, JSON.parse(new TextDecoder().decode(own.subarray(4, 4 + length))))
  if (runs === null || box === null) return { ...said, delta: null }
  const start = 4 + 4 * Math.ceil(length / 4)
  if (own.length !== start + 10 * runs) throw new RangeError('an edit is cut short')
  return {
    ...said,
    delta: {
      box,
      starts: new Uint32Array(own.buffer, start, runs),
      lengths: new Uint32Array(own.buffer, start + 4 * runs, runs),
      before: own.subarray(start + 8 * runs, start + 9 * runs),
      after: own.subarray(start + 9 * runs),
    },
  }
}

/** The command that takes another back, as the journal has it; `by` says who took it back, and when. */
export function reversed({ title, delta, statuses, looks }: Command, by: Pick<Command, 'who' | 'at'>): Command {
  const back = <T, C extends { readonly before: T; readonly after: T }>(change: C): C => {
    return { ...change, before: change.after, after: change.before }
  }
  return {
    title: `Undo: ${title}`,
    ...by,
    delta: delta && { ...delta, before: delta.after, after: delta.before },
    statuses: statuses.map((change) => back(change)),
    ...(looks ? { looks: looks.map((change) => back(change)) } : {}),
  }
}
