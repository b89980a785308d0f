/** One line of `bench/results.json`. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What ours is compared with; null where there is no peer, or none is installed. */
  readonly peer: string | null
  readonly peerValue: number | null
  /** Ours / peer: below 1 is better. */
  readonly ratio: number | null
  readonly machine: string
}
