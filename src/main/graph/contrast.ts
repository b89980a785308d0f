import type { Tensor } from './graph'
import type { Tape } from './tape'

/** Rows of [P, D], each to Euclidean length 1. */
export function normaliseRows(tape: Tape, x: Tensor): Tensor {
  const squares = tape.sum(tape.mul(x, x), [1])
  return tape.div(x, tape.sqrt(tape.add(squares, 1e-12)))
}

/** log sum_j exp(x_ij) of each row, [P, 1]. */
function logSumExp(tape: Tape, x: Tensor): Tensor {
  // The maximum only keeps exp in range: it cancels.
  const largest = tape.graph.reduce('ReduceMax', x, [1])
  return tape.add(tape.log(tape.sum(tape.exp(tape.sub(x, largest)), [1])), largest)
}

const rowProducts = (tape: Tape, a: Tensor, b: Tensor): Tensor => tape.matmul(a, tape.transpose(b, [1, 0]))

/**
 * InfoNCE (van den Oord et al. 2018, equation 4; in the form of He et al., MoCo, 2020, equation 1): the mean over
 * queries i of -log( exp(q_i k_i / t) / (exp(q_i k_i / t) + sum_j exp(q_i n_j / t)) ), of shape [1, 1].
 * All embeddings are brought to length 1 here.
 * @param queries [P, D]
 * @param keys [P, D], row i the positive of query i; a momentum encoder's are given as an input, so nothing flows back
 * @param negatives [Q, D], a queue of former keys (`KeyQueue`)
 * @param others 'apart': only the queue is negative; 'negative': the keys of the other queries are too
 */
export function infoNce(
  tape: Tape,
  queries: Tensor,
  keys: Tensor,
  negatives: Tensor,
  temperature: number,
  others: 'apart' | 'negative' = 'apart',
): Tensor {
  const [q, k, n] = [queries, keys, negatives].map((rows) => normaliseRows(tape, rows))
  const positive = tape.sum(tape.mul(q, k), [1])
  const first = others === 'negative' ? rowProducts(tape, q, k) : positive
  const similarity = tape.mul(tape.concat([first, rowProducts(tape, q, n)], 1), 1 / temperature)
  const perQuery = tape.sub(logSumExp(tape, similarity), tape.mul(positive, 1 / temperature))
  return tape.mul(tape.sum(perQuery, [0, 1]), 1 / queries.shape[0])
}

/** Added to the similarity of a region that does not count: its exponential is 0 beside any other. */
const OUT = -1e4

/**
 * Contrast of regions (`localized-region-contrast`, the local contrastive loss of section 2.1): for region i with sample
 * means q_i and p_i in the two views, -log( exp(q_i p_i / t) / sum_j (exp(q_i q_j / t) + exp(q_i p_j / t)) ), j over
 * all regions, i itself among them, as the equation has it. The mean over regions, where the paper sums, so that an
 * image's step does not grow with its regions; and means are brought to length 1, which keeps the loss in bounds.
 * @param queries [K, D] mean features of each region in the image
 * @param positives [K, D] in the other view
 * @param valid [K, 1] 1 where there is such a region, else 0
 * @returns [1, 1]; 0 where no region is valid
 */
export function regionContrast(
  tape: Tape,
  queries: Tensor,
  positives: Tensor,
  valid: Tensor,
  temperature: number,
): Tensor {
  const g = tape.graph
  const [q, p] = [queries, positives].map((rows) => normaliseRows(tape, rows))
  const similarity = tape.mul(tape.concat([rowProducts(tape, q, q), rowProducts(tape, q, p)], 1), 1 / temperature)
  const row = g.transpose(valid, [1, 0])
  const absent = g.mul(g.sub(g.scalar(1), g.concat([row, row], 1)), OUT)
  const positive = tape.mul(tape.sum(tape.mul(q, p), [1]), 1 / temperature)
  const perRegion = tape.sub(logSumExp(tape, tape.add(similarity, absent)), positive)
  return tape.div(tape.sum(tape.mul(perRegion, valid), [0, 1]), g.max(g.sum(valid, [0, 1]), 1))
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
