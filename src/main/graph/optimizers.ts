import type { Graph, Tensor } from './graph'

export interface Sgd {
  readonly kind: 'sgd'
  readonly momentum: number
  readonly nesterov: boolean
  /** L2: added to the gradient, times the weight. */
  readonly weightDecay: number
}

/** Kingma & Ba 2015; `decoupled` is AdamW (Loshchilov & Hutter 2019). */
export interface Adam {
  readonly kind: 'adam'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  readonly decoupled: boolean
}

export type Optimizer = Sgd | Adam

/** nnU-Net's (Isensee et al. 2021). */
export const nesterovSgd: Sgd = { kind: 'sgd', momentum: 0.99, nesterov: true, weightDecay: 3e-5 }
export const adam: Adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false }
export const adamW: Adam = { ...adam, weightDecay: 1e-2, decoupled: true }

/** How many vectors of P values the optimizer keeps from step to step. */
export const momentCount = (optimizer: Optimizer): number => (optimizer.kind === 'sgd' ? 1 : 2)

/**
 * What Adam divides its moments by after `step` steps (from 1), as factors: 1 / (1 - beta^step). Computed here in
 * float64 and fed, because 1 - 0.999 in float32 is off by 5e-5. Ones for SGD.
 */
export const biasCorrection = (optimizer: Optimizer, step: number): Float32Array =>
  optimizer.kind === 'sgd'
    ? Float32Array.of(1, 1)
    : Float32Array.of(1 / (1 - optimizer.beta1 ** step), 1 / (1 - optimizer.beta2 ** step))

export interface Update {
  readonly parameters: Tensor
  readonly moments: readonly Tensor[]
}

/**
 * Emits one update of the flat parameters [P], as torch.optim computes it.
 * @param learningRate [1]
 * @param correction [2], `biasCorrection` of this step
 */
export function emitUpdate(
  g: Graph,
  optimizer: Optimizer,
  state: Update,
  gradient: Tensor,
  learningRate: Tensor,
  correction: Tensor,
): Update {
  const { parameters } = state
  const decay = optimizer.weightDecay
  const plain = decay === 0 || (optimizer.kind === 'adam' && optimizer.decoupled)
  const slope = plain ? gradient : g.add(gradient, g.mul(parameters, decay))

  if (optimizer.kind === 'sgd') {
    const velocity = g.add(g.mul(state.moments[0], optimizer.momentum), slope)
    const direction = optimizer.nesterov ? g.add(slope, g.mul(velocity, optimizer.momentum)) : velocity
    return { parameters: g.sub(parameters, g.mul(direction, learningRate)), moments: [velocity] }
  }

  const { beta1, beta2, epsilon } = optimizer
  const first = g.add(g.mul(state.moments[0], beta1), g.mul(slope, 1 - beta1))
  const second = g.add(g.mul(state.moments[1], beta2), g.mul(g.mul(slope, slope), 1 - beta2))
  const mean = g.mul(first, g.slice(correction, [0], [1], [0]))
  const scale = g.unary('Sqrt', g.mul(second, g.slice(correction, [1], [2], [0])))
  const direction = g.div(mean, g.add(scale, epsilon))
  const decayed = optimizer.decoupled && decay > 0 ? g.add(direction, g.mul(parameters, decay)) : direction
  return { parameters: g.sub(parameters, g.mul(decayed, learningRate)), moments: [first, second] }
}

/**
 * The factor [1] that brings the gradients, taken together as one vector, down to Euclidean length `limit`; 1 where
 * they are shorter (Pascanu et al. 2013).
 */
export function clipFactor(g: Graph, gradients: readonly Tensor[], limit: number): Tensor {
  const squares = g.concat(
    gradients.map((gradient) => g.reduce('ReduceSumSquare', gradient, [0])),
    0,
  )
  const length = g.unary('Sqrt', g.reduce('ReduceSum', squares, [0]))
  return g.min(g.div(g.floats([limit]), g.add(length, 1e-6)), 1)
}
