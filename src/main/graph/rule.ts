import type { Graph, Tensor } from './graph'

/** One use of a primitive: what went in, and what came out. */
export interface Call<Attributes> {
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly output: Tensor
}

/**
 * How one primitive goes forward and back, both as emissions into the graph (Griewank & Walther 2008, ch. 3.2).
 * `adjoint` gets the gradient of the loss by the output and returns that by each input, null where there is none.
 * What nobody asks for is pruned when the graph is encoded, so it need not ask who needs what.
 */
export interface Rule<Attributes> {
  forward(graph: Graph, inputs: readonly Tensor[], attributes: Attributes): Tensor
  adjoint(graph: Graph, call: Call<Attributes>, gradient: Tensor): readonly (Tensor | null)[]
}
