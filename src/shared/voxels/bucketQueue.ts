/**
 * A priority queue of the integers 0 .. n - 1 by whole-number costs, for shortest paths whose steps cost at most
 * `longest` (Dial, Commun. ACM 12:632, 1969): a ring of buckets, each a linked list. Every operation takes constant time.
 */
export class BucketQueue {
  /** First node of each bucket, and each node's neighbours in its bucket; -1 for none. */
  private readonly heads: Int32Array
  private readonly next: Int32Array
  private readonly previous: Int32Array
  /** The cost that each node was put in with. */
  readonly cost: Int32Array
  private at = 0
  private count = 0

  /** @param longest no node is put in at more than this above the one taken last */
  constructor(n: number, longest: number) {
    this.heads = new Int32Array(longest + 1).fill(-1)
    this.next = new Int32Array(n)
    this.previous = new Int32Array(n)
    this.cost = new Int32Array(n).fill(unreached)
  }

  /** Puts a node in, or moves it to a lower cost; false where it has been there at no more. */
  lower(node: number, cost: number): boolean {
    const { heads, next, previous } = this
    const before = this.cost[node]
    if (cost >= before) return false
    if (before !== unreached) this.remove(node, before)
    const bucket = cost % heads.length
    const head = heads[bucket]
    next[node] = head
    previous[node] = -1
    if (head >= 0) previous[head] = node
    heads[bucket] = node
    this.cost[node] = cost
    this.count++
    return true
  }

  /** Takes out a node of the lowest cost; -1 where none is left. */
  take(): number {
    if (this.count === 0) return -1
    const { heads } = this
    while (heads[this.at % heads.length] < 0) this.at++
    const node = heads[this.at % heads.length]
    this.remove(node, this.at)
    return node
  }

  private remove(node: number, cost: number): void {
    const { heads, next, previous } = this
    const [before, after] = [previous[node], next[node]]
    if (before >= 0) next[before] = after
    else heads[cost % heads.length] = after
    if (after >= 0) previous[after] = before
    this.count--
  }
}

/** The cost of what no path has come to. */
export const unreached = 0x7fffffff
