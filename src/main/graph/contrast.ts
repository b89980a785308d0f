import type { Tensor } from './graph'
import type { Tape } from './tape'

/** Rows of [P, D], each to Euclidean length 1. */
export function normaliseRows(tape: Tape, x: Tensor): Tensor {
  const squares = tape.sum(tape.mul(x, x), [1])
  return tape.div(x, tape.sqrt(tape.add(squares, 1e-12)))
}

/**
 * InfoNCE (van den Oord et al. 2018, equation 4; in the form of He et al., MoCo, 2020, equation 1): the mean over
 * queries i of -log( exp(q_i k_i / t) / (exp(q_i k_i / t) + sum_j exp(q_i n_j / t)) ), of shape [1, 1].
 * All embeddings are brought to length 1 here.
 * @param queries [P, D]
 * @param keys [P, D], row i the positive of query i; a momentum encoder's are given as an input, so nothing flows back
 * @param negatives [Q, D], a queue of former keys (`KeyQueue`)
 */
export function infoNce(tape: Tape, queries: Tensor, keys: Tensor, negatives: Tensor, temperature: number): Tensor {
  const [q, k, n] = [queries, keys, negatives].map((rows) => normaliseRows(tape, rows))
  const positive = tape.sum(tape.mul(q, k), [1])
  const against = tape.matmul(q, tape.transpose(n, [1, 0]))
  const similarity = tape.mul(tape.concat([positive, against], 1), 1 / temperature)
  // The maximum only keeps exp in range: it cancels.
  const largest = tape.graph.reduce('ReduceMax', similarity, [1])
  const total = tape.sum(tape.exp(tape.sub(similarity, largest)), [1])
  const logTotal = tape.add(tape.log(total), largest)
  const perQuery = tape.sub(logTotal, tape.mul(positive, 1 / temperature))
  return tape.mul(tape.sum(perQuery, [0, 1]), 1 / queries.shape[0])
}

/** The last keys of a momentum encoder, as negatives: a ring that starts with the rows it is given (He et al. 2020). */
export class KeyQueue {
  private next = 0

  /** @param rows [size, dimensions], row by row: random directions at the start of a run, or a former queue's */
  constructor(
    readonly rows: Float32Array,
    readonly dimensions: number,
  ) {
    if (rows.length % dimensions !== 0) throw new Error(`${rows.length} values are no rows of ${dimensions}`)
  }

  get size(): number {
    return this.rows.length / this.dimensions
  }

  /** Puts keys [P, dimensions] in the place of the oldest; of more than it holds, the last stay. */
  push(keys: Float32Array): void {
    if (keys.length % this.dimensions !== 0) throw new Error(`${keys.length} values are no rows of ${this.dimensions}`)
    for (let at = 0; at < keys.length; at += this.dimensions) {
      this.rows.set(keys.subarray(at, at + this.dimensions), this.next * this.dimensions)
      this.next = (this.next + 1) % this.size
    }
  }

  /** What a run needs to go on: rows, the oldest first. */
  state(): Float32Array {
    const split = this.next * this.dimensions
    const oldestFirst = new Float32Array(this.rows.length)
    oldestFirst.set(this.rows.subarray(split))
    oldestFirst.set(this.rows.subarray(0, split), this.rows.length - split)
    return oldestFirst
  }
}
